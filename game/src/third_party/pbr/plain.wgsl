// Lit surfaces for adapters that draw with the processor: what our matte worlds and people show of Bevy's own shader
// (`pbr.wgsl`, in whose place this one stands). Left out: highlights, mirrored surroundings,
// everything of a material but its colour, glow and cut edges; and rays of light in the haze are not shadowed.
#import bevy_pbr::{
    pbr_bindings,
    pbr_types,
    forward_io::{VertexOutput, FragmentOutput},
    mesh_bindings::mesh,
    mesh_types::MESH_FLAGS_SHADOW_RECEIVER_BIT,
    mesh_view_bindings as view_bindings,
    mesh_view_types,
    clustered_forward as clustering,
    shadows,
}
#ifdef BINDLESS
#import bevy_pbr::pbr_bindings::material_indices
#import bevy_render::bindless::{bindless_samplers_filtering, bindless_textures_2d}
#endif
#ifdef DISTANCE_FOG
#import bevy_pbr::fog
#endif
#ifdef TONEMAP_IN_SHADER
#import bevy_core_pipeline::tonemapping::{tone_mapping, screen_space_dither}
#endif
#ifdef PREMULTIPLY_ALPHA
#import bevy_pbr::pbr_functions::premultiply_alpha
#endif

const ONE_BY_PI: f32 = 0.31830989;
// What Bevy's ambient light leaves of a rough colour: the first factor of its `F_AB(1.0, …)`, which is the same for
// every angle.
const ROUGH_AMBIENT: f32 = 0.4524;

// Light that comes from all around: a cube of a few pixels.
fn surroundings(normal: vec3<f32>) -> vec3<f32> {
#ifdef ENVIRONMENT_MAP
    let index = view_bindings::light_probes.view_cubemap_index;
    if index < 0 {
        return vec3(0.0);
    }
    // Cube maps are left-handed.
    let way = vec3(normal.xy, -normal.z);
#ifdef MULTIPLE_LIGHT_PROBES_IN_ARRAY
    let light = textureSampleLevel(view_bindings::diffuse_environment_maps[index], view_bindings::environment_map_sampler, way, 0.0).rgb;
#else
    let light = textureSampleLevel(view_bindings::diffuse_environment_map, view_bindings::environment_map_sampler, way, 0.0).rgb;
#endif
    return light * view_bindings::light_probes.intensity_for_view;
#else
    return vec3(0.0);
#endif
}

@fragment
fn fragment(in: VertexOutput, @builtin(front_facing) is_front: bool) -> FragmentOutput {
    let flags_of_mesh = mesh[in.instance_index].flags;
#ifdef BINDLESS
    let slot = mesh[in.instance_index].material_and_lightmap_bind_group_slot & 0xffffu;
    let material = &pbr_bindings::material_array[material_indices[slot].material];
#else
    let material = &pbr_bindings::material;
#endif
    let flags = (*material).flags;

    var colour = (*material).base_color;
    // How much sun there is where no shadows are drawn (`world/view/tag.rs`).
    let told = mesh[in.instance_index].tag & 0xffu;
    var open = select(1.0, f32(told - 2u) / 253.0, told >= 2u);
#ifdef VERTEX_COLORS
    if told == 1u {
        open = in.color.a;
        colour *= vec4(in.color.rgb, 1.0);
    } else {
        colour *= in.color;
    }
#endif
    var glow = (*material).emissive;
#ifdef VERTEX_UVS_A
    let uv = ((*material).uv_transform * vec3(in.uv, 1.0)).xy;
    let bias = view_bindings::view.mip_bias;
    if (flags & pbr_types::STANDARD_MATERIAL_FLAGS_BASE_COLOR_TEXTURE_BIT) != 0u {
#ifdef BINDLESS
        colour *= textureSampleBias(
            bindless_textures_2d[material_indices[slot].base_color_texture],
            bindless_samplers_filtering[material_indices[slot].base_color_sampler],
            uv, bias);
#else
        colour *= textureSampleBias(pbr_bindings::base_color_texture, pbr_bindings::base_color_sampler, uv, bias);
#endif
    }
    if (flags & pbr_types::STANDARD_MATERIAL_FLAGS_EMISSIVE_TEXTURE_BIT) != 0u {
#ifdef BINDLESS
        glow *= vec4(textureSampleBias(
            bindless_textures_2d[material_indices[slot].emissive_texture],
            bindless_samplers_filtering[material_indices[slot].emissive_sampler],
            uv, bias).rgb, 1.0);
#else
        glow *= vec4(textureSampleBias(pbr_bindings::emissive_texture, pbr_bindings::emissive_sampler, uv, bias).rgb, 1.0);
#endif
    }
#endif

    let alpha_mode = flags & pbr_types::STANDARD_MATERIAL_FLAGS_ALPHA_MODE_RESERVED_BITS;
    if alpha_mode == pbr_types::STANDARD_MATERIAL_FLAGS_ALPHA_MODE_OPAQUE {
        colour.a = 1.0;
    }
#ifdef MAY_DISCARD
    else if alpha_mode == pbr_types::STANDARD_MATERIAL_FLAGS_ALPHA_MODE_MASK {
        if colour.a < (*material).alpha_cutoff {
            discard;
        }
        colour.a = 1.0;
    }
#endif

    let to_eye = view_bindings::view.world_position.xyz - in.world_position.xyz;
    if (flags & pbr_types::STANDARD_MATERIAL_FLAGS_UNLIT_BIT) == 0u {
        let one_sided = (flags & pbr_types::STANDARD_MATERIAL_FLAGS_DOUBLE_SIDED_BIT) == 0u;
        let normal = normalize(select(-in.world_normal, in.world_normal, one_sided || is_front));
        let view_z = dot(vec4<f32>(
            view_bindings::view.view_from_world[0].z,
            view_bindings::view.view_from_world[1].z,
            view_bindings::view.view_from_world[2].z,
            view_bindings::view.view_from_world[3].z
        ), in.world_position);

        var light = surroundings(normal) + view_bindings::lights.ambient_color.rgb * ROUGH_AMBIENT;

        let suns = view_bindings::lights.n_directional_lights;
        for (var i: u32 = 0u; i < suns; i = i + 1u) {
            let sun = &view_bindings::lights.directional_lights[i];
            let facing = dot(normal, (*sun).direction_to_light);
            if facing > 0.0 {
                var shadow = open;
                if (flags_of_mesh & MESH_FLAGS_SHADOW_RECEIVER_BIT) != 0u
                        && ((*sun).flags & mesh_view_types::DIRECTIONAL_LIGHT_FLAGS_SHADOWS_ENABLED_BIT) != 0u {
                    shadow = shadows::fetch_directional_shadow(i, in.world_position, in.world_normal, view_z, in.position.xy);
                }
                light += (*sun).color.rgb * (facing * shadow * ONE_BY_PI);
            }
        }

        let cluster = clustering::view_fragment_cluster_index(in.position.xy, view_z, false);
        let ranges = clustering::unpack_clusterable_object_index_ranges(cluster);
        for (var i: u32 = ranges.first_point_light_index_offset; i < ranges.first_spot_light_index_offset; i = i + 1u) {
            let lamp = &view_bindings::clustered_lights.data[clustering::get_clusterable_object_id(i)];
            let to_lamp = (*lamp).position_radius.xyz - in.world_position.xyz;
            let square = max(dot(to_lamp, to_lamp), 0.0001);
            let facing = dot(normal, to_lamp);
            if facing > 0.0 {
                // As Bevy lets light end at its range.
                let near = square * (*lamp).color_inverse_square_range.w;
                let left = saturate(1.0 - near * near);
                light += (*lamp).color_inverse_square_range.rgb
                    * (facing * inverseSqrt(square) * left * left / square * ONE_BY_PI);
            }
        }

        let exposure = view_bindings::view.exposure;
        let lit = colour.rgb * light * exposure;
        colour = vec4(lit + glow.rgb * colour.a * mix(1.0, exposure, glow.a), colour.a);
    }

#ifdef DISTANCE_FOG
    if (flags & pbr_types::STANDARD_MATERIAL_FLAGS_FOG_ENABLED_BIT) != 0u {
        let distance = length(to_eye);
        var scattered = vec3(0.0);
        let suns = view_bindings::lights.n_directional_lights;
        for (var i: u32 = 0u; i < suns; i = i + 1u) {
            let sun = &view_bindings::lights.directional_lights[i];
            let towards = max(dot(-to_eye / distance, (*sun).direction_to_light), 0.0);
            scattered += pow(towards, view_bindings::fog.directional_light_exponent) * (*sun).color.rgb * view_bindings::view.exposure;
        }
        // The only kind that `sky` sets.
        colour = fog::exponential_squared_fog(view_bindings::fog, colour, distance, scattered);
    }
#endif

    var out: FragmentOutput;
    out.color = colour;
#ifdef TONEMAP_IN_SHADER
    out.color = tone_mapping(out.color, view_bindings::view.color_grading);
#ifdef DEBAND_DITHER
    let stepped = pow(max(out.color.rgb, vec3(0.0)), vec3(1.0 / 2.2)) + screen_space_dither(in.position.xy);
    out.color = vec4(pow(max(stepped, vec3(0.0)), vec3(2.2)), out.color.a);
#endif
#endif
#ifdef PREMULTIPLY_ALPHA
    out.color = premultiply_alpha(flags, out.color);
#endif
    return out;
}
