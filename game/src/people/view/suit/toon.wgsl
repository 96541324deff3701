// The cartoon look of VRM (MToon) in the light of our worlds: a lit and a shaded colour with an edge between them that
// its author drew, a rim, a picture of what is around; and, as a second draw, the outline.
//
// What the specification leaves open: lamps and sun are as bright as on everything else (divided by π, with the
// camera's exposure), and what stands in another's shadow gets less light, not only the other colour.
#import bevy_pbr::{
    forward_io::{VertexOutput, FragmentOutput},
    pbr_bindings,
    pbr_types,
    pbr_functions,
    pbr_fragment::pbr_input_from_vertex_output,
    mesh_types::MESH_FLAGS_SHADOW_RECEIVER_BIT,
    mesh_view_bindings as bindings,
    mesh_view_types,
    clustered_forward as clustering,
    environment_map,
    lighting,
    shadows,
}
#import holm::paint::toon

@group(#{MATERIAL_BIND_GROUP}) @binding(101) var rim_texture: texture_2d<f32>;
@group(#{MATERIAL_BIND_GROUP}) @binding(102) var rim_sampler: sampler;
@group(#{MATERIAL_BIND_GROUP}) @binding(103) var mask_texture: texture_2d<f32>;
@group(#{MATERIAL_BIND_GROUP}) @binding(104) var mask_sampler: sampler;

const PI: f32 = 3.14159265;

// What stands in the shadow of something else still gets this much of the light that makes it.
const IN_SHADOW: f32 = 0.2;

// The lit side of a cartoon is as bright everywhere as what faces the light: round things beside it are so on average.
const LIT: f32 = 0.8;

fn moved(uv: vec2<f32>) -> vec2<f32> {
    let mask = textureSample(mask_texture, mask_sampler, uv).b;
    let turn = toon.moves.z * bindings::globals.time * mask;
    let c = cos(turn);
    let s = sin(turn);
    let around = uv - 0.5;
    let turned = vec2(c * around.x + s * around.y, c * around.y - s * around.x) + 0.5;
    return turned + fract(toon.moves.xy * bindings::globals.time) * mask;
}

// A normal map without tangents: the surface's own directions from how place and coordinates change on the screen.
fn bumped(normal: vec3<f32>, place: vec3<f32>, uv: vec2<f32>, sampled: vec3<f32>, front: f32) -> vec3<f32> {
    let map = (sampled * 2.0 - 1.0) * vec3(toon.bumps.x, toon.bumps.x, 1.0);
    let place_x = dpdx(place);
    let place_y = dpdy(place);
    let uv_x = dpdx(uv);
    let uv_y = dpdy(uv);
    let across_y = cross(place_y, normal);
    let across_x = cross(normal, place_x);
    let tangent = across_y * uv_x.x + across_x * uv_y.x;
    let bitangent = across_y * uv_x.y + across_x * uv_y.y;
    let most = max(dot(tangent, tangent), dot(bitangent, bitangent));
    if most <= 1e-20 {
        return normal;
    }
    let scale = inverseSqrt(most);
    // Screen and picture are both counted downwards here; the green channel of glTF points up.
    return normalize(tangent * (map.x * scale) - bitangent * (map.y * scale * front) + normal * max(map.z, 0.01));
}

fn around(direction: vec3<f32>, place: vec3<f32>, ranges: ptr<function, clustering::ClusterableObjectIndexRanges>) -> vec3<f32> {
#ifdef ENVIRONMENT_MAP
    var layer: lighting::LayerLightingInput;
    layer.N = direction;
    layer.R = direction;
    layer.NdotV = 1.0;
    layer.perceptual_roughness = 1.0;
    layer.roughness = 1.0;
    return environment_map::compute_radiances(layer, ranges, place, false).irradiance;
#else
    return vec3(0.0);
#endif
}

fn toned(normal: vec3<f32>, to_light: vec3<f32>, shift: f32) -> f32 {
    let shading = dot(normal, to_light) + shift;
    let soft = max(1.0 - toon.matcap.w, 0.004);
    return clamp((shading + soft) / (2.0 * soft), 0.0, 1.0);
}

fn grey(colour: vec3<f32>) -> vec3<f32> {
    return vec3(dot(colour, vec3(0.2126, 0.7152, 0.0722)));
}

@fragment
fn fragment(in: VertexOutput, @builtin(front_facing) is_front: bool) -> FragmentOutput {
    let material = &pbr_bindings::material;
    let flags = (*material).flags;
    var pbr = pbr_input_from_vertex_output(in, is_front, false);
    pbr.material.flags = flags;
    pbr.material.alpha_cutoff = (*material).alpha_cutoff;

#ifdef VERTEX_UVS_A
    // What moves the pictures comes before what places them.
    let uv = ((*material).uv_transform * vec3(moved(in.uv), 1.0)).xy;
#else
    let uv = vec2(0.0);
#endif
    let bias = bindings::view.mip_bias;
    let texel = textureSampleBias(pbr_bindings::base_color_texture, pbr_bindings::base_color_sampler, uv, bias);
    let base = pbr_functions::alpha_discard(pbr.material, (*material).base_color * texel);
    pbr.material.base_color = base;
    // Shade, surroundings and what shifts the shade lie where Bevy's material has occlusion, roughness and depth: MToon knows
    // none of them, and WebGL2 has 16 textures for everything.
    let shade = toon.shade.rgb * textureSampleBias(pbr_bindings::occlusion_texture, pbr_bindings::occlusion_sampler, uv, bias).rgb;
    let emissive = (*material).emissive.rgb * textureSampleBias(pbr_bindings::emissive_texture, pbr_bindings::emissive_sampler, uv, bias).rgb;
    let rim_by = textureSampleBias(rim_texture, rim_sampler, uv, bias).rgb;

    var shift = toon.shade.w;
#ifdef TOON_SHIFT
    shift += textureSampleBias(pbr_bindings::depth_map_texture, pbr_bindings::depth_map_sampler, uv, bias).r * toon.bumps.y;
#endif

    var front = 1.0;
#ifndef TOON_OUTLINE
    front = select(1.0, -1.0, (flags & pbr_types::STANDARD_MATERIAL_FLAGS_DOUBLE_SIDED_BIT) != 0u && !is_front);
#endif
    var normal = normalize(in.world_normal) * front;
#ifdef TOON_BUMPS
    let bump = textureSampleBias(pbr_bindings::normal_map_texture, pbr_bindings::normal_map_sampler, uv, bias).rgb;
    normal = bumped(normal, in.world_position.xyz, uv, bump, 1.0);
#endif
    let view_z = dot(vec4(
        bindings::view.view_from_world[0].z,
        bindings::view.view_from_world[1].z,
        bindings::view.view_from_world[2].z,
        bindings::view.view_from_world[3].z,
    ), in.world_position);

    // Of the sun and of lamps, by shade and by light; and what arrives, whatever it falls on.
    var direct = vec3(0.0);
    var arrives = vec3(0.0);
    let suns = bindings::lights.n_directional_lights;
    for (var i: u32 = 0u; i < suns; i = i + 1u) {
        let sun = &bindings::lights.directional_lights[i];
        var seen = 1.0;
        if (pbr.flags & MESH_FLAGS_SHADOW_RECEIVER_BIT) != 0u
                && ((*sun).flags & mesh_view_types::DIRECTIONAL_LIGHT_FLAGS_SHADOWS_ENABLED_BIT) != 0u {
            seen = shadows::fetch_directional_shadow(i, in.world_position, pbr.world_normal, view_z, in.position.xy);
        }
        let light = (*sun).color.rgb * mix(IN_SHADOW, 1.0, seen);
        let tone = toned(normal, (*sun).direction_to_light, shift) * seen;
        direct += mix(shade, base.rgb, tone) * light;
        arrives += light * seen;
    }
    let cluster = clustering::view_fragment_cluster_index(in.position.xy, view_z, pbr.is_orthographic);
    var ranges = clustering::unpack_clusterable_object_index_ranges(cluster);
    for (var i: u32 = ranges.first_point_light_index_offset; i < ranges.first_spot_light_index_offset; i = i + 1u) {
        let lamp = &bindings::clustered_lights.data[clustering::get_clusterable_object_id(i)];
        let way = (*lamp).position_radius.xyz - in.world_position.xyz;
        let light = (*lamp).color_inverse_square_range.rgb
            * lighting::getDistanceAttenuation(max(dot(way, way), 0.01), (*lamp).color_inverse_square_range.w);
        // Behind somebody a lamp is hidden by them: it has no shadows of its own.
        let tone = toned(normal, normalize(way), shift);
        direct += mix(shade * IN_SHADOW, base.rgb, tone) * light;
        arrives += light * tone;
    }
    let above = around(vec3(0.0, 1.0, 0.0), in.world_position.xyz, &ranges);
    let below = around(vec3(0.0, -1.0, 0.0), in.world_position.xyz, &ranges);
    let evenly = mix(mix(below, above, normal.y * 0.5 + 0.5), (above + below) * 0.5, toon.mixes.w);
    let all_around = evenly + bindings::lights.ambient_color.rgb;

    let exposure = bindings::view.exposure;
    var colour = (direct * (LIT / PI) + base.rgb * all_around) * exposure;
    let light = (arrives * (LIT / PI) + all_around) * exposure;

    // In view space, as its picture is.
    let to_eye = pbr.V;
    let view_normal = (bindings::view.view_from_world * vec4(normal, 0.0)).xyz;
    let view_eye = (bindings::view.view_from_world * vec4(to_eye, 0.0)).xyz;
    let right = normalize(vec3(view_eye.z, 0.0, -view_eye.x));
    let up = cross(view_eye, right);
    let cap_uv = vec2(dot(right, view_normal), -dot(up, view_normal)) * 0.495 + 0.5;
    let cap = toon.matcap.rgb * textureSampleLevel(pbr_bindings::metallic_roughness_texture, pbr_bindings::metallic_roughness_sampler, cap_uv, 0.0).rgb;
    let edge = pow(clamp(1.0 - dot(normal, to_eye) + toon.mixes.x, 0.0, 1.0), max(toon.rim.w, 0.001));
    let rim = (cap + toon.rim.rgb * edge) * rim_by;
    // A rim without light still belongs into a world that has bright and dark: it is as bright as white would be.
    colour += rim * mix(grey(light), light, toon.mixes.y);
    colour += emissive;
#ifdef TOON_OUTLINE
    colour = toon.outline.rgb * mix(grey(light), colour, toon.mixes.z);
#endif

    var out: FragmentOutput;
    out.color = pbr_functions::main_pass_post_lighting_processing(pbr, vec4(colour, base.a));
    return out;
}
