// The outline of a cartoon: the shape once more, a little thicker, seen from within. Bones and forms as Bevy moves them.
#import bevy_pbr::{
    mesh_bindings::mesh,
    mesh_functions,
    mesh_view_bindings::view,
    skinning,
    morph::{morph_position, morph_normal},
    forward_io::{Vertex, VertexOutput},
    view_transformations::position_world_to_clip,
}
#import holm::paint::toon

@group(#{MATERIAL_BIND_GROUP}) @binding(105) var width_texture: texture_2d<f32>;
@group(#{MATERIAL_BIND_GROUP}) @binding(106) var width_sampler: sampler;

@vertex
fn vertex(in: Vertex) -> VertexOutput {
    var out: VertexOutput;
    var position = in.position;
    var normal = vec3(0.0, 1.0, 0.0);
#ifdef VERTEX_NORMALS
    normal = in.normal;
#endif
#ifdef MORPH_TARGETS
    let vertex_index = in.index - mesh[in.instance_index].first_vertex_index;
    let forms = bevy_pbr::morph::layer_count(in.instance_index);
    for (var i: u32 = 0u; i < forms; i ++) {
        let weight = bevy_pbr::morph::weight_at(i, in.instance_index);
        if weight == 0.0 {
            continue;
        }
        position += weight * morph_position(vertex_index, i, in.instance_index);
        normal += weight * morph_normal(vertex_index, i, in.instance_index);
    }
#endif
#ifdef SKINNED
    let world_from_local = skinning::skin_model(in.joint_indices, in.joint_weights, in.instance_index);
    out.world_normal = skinning::skin_normals(world_from_local, normal);
#else
    let world_from_local = mesh_functions::get_world_from_local(in.instance_index);
    out.world_normal = mesh_functions::mesh_normal_local_to_world(normal, in.instance_index);
#endif
    var world = mesh_functions::mesh_position_local_to_world(world_from_local, vec4(position, 1.0));
    var width = toon.outline.w;
#ifdef VERTEX_UVS_A
    width *= textureSampleLevel(width_texture, width_sampler, in.uv, 0.0).g;
#endif
#ifndef TOON_BY_SCREEN
    world += vec4(out.world_normal * width, 0.0);
#endif
    out.world_position = world;
    out.position = position_world_to_clip(world.xyz);
#ifdef TOON_BY_SCREEN
    let flat = (view.clip_from_world * vec4(out.world_normal, 0.0)).xy;
    let aspect = view.viewport.w / max(view.viewport.z, 1.0);
    // A share of the screen's height on both axes, whatever its shape.
    let way = normalize(vec2(flat.x / aspect, flat.y) + vec2(0.0, 1e-6));
    out.position += vec4(way.x * aspect, way.y, 0.0, 0.0) * (2.0 * width * out.position.w);
#endif
#ifdef VERTEX_UVS_A
    out.uv = in.uv;
#endif
#ifdef VERTEX_COLORS
    out.color = in.color;
#endif
#ifdef VERTEX_OUTPUT_INSTANCE_INDEX
    out.instance_index = in.instance_index;
#endif
    return out;
}
