// Things that move by themselves: leaves, flames, boats, wings. Only the picture moves; what one stands on does not.
#import bevy_pbr::{
    mesh_functions,
    forward_io::{Vertex, VertexOutput},
    view_transformations::position_world_to_clip,
    mesh_view_bindings::{globals, view},
}

// Which motion (1 sway, 2 flame, 3 afloat, 4 wings), how far in metres.
@group(#{MATERIAL_BIND_GROUP}) @binding(100) var<uniform> motion: vec4<f32>;

@vertex
fn vertex(in: Vertex) -> VertexOutput {
    var out: VertexOutput;
    let world_from_local = mesh_functions::get_world_from_local(in.instance_index);
    var world = mesh_functions::mesh_position_local_to_world(world_from_local, vec4<f32>(in.position, 1.0));
    // Copies of one thing do not move as one.
    let origin = world_from_local[3].xyz;
    let t = globals.time;
#ifdef VERTEX_COLORS
    let much = in.color.a * motion.y;
#else
    let much = motion.y;
#endif
    // Small plants sink into the ground where they are about to be left out.
    let end = f32(mesh_functions::get_tag(in.instance_index) >> 8u) * 0.1;
    if end > 0.0 {
        let away = distance(origin, view.world_position);
        world = vec4(mix(origin, world.xyz, 1.0 - smoothstep(end * 0.72, end, away)), 1.0);
    }
    if motion.x < 1.5 {
        let gust = 0.6 + 0.4 * sin(t * 0.37 + world.x * 0.045 + world.z * 0.03);
        let slow = sin(t * 1.25 + origin.x * 0.31 + origin.z * 0.23);
        let quick = sin(t * 3.7 + world.x * 1.9 + world.z * 2.3 + world.y * 1.1);
        world.x += much * gust * (0.75 * slow + 0.32 * quick);
        world.z += much * gust * (0.40 * slow - 0.30 * quick);
        world.y += much * 0.12 * quick;
    } else if motion.x < 2.5 {
        let a = sin(t * 9.1 + in.position.x * 9.0 + origin.x) + sin(t * 13.7 + in.position.z * 11.0);
        let b = sin(t * 6.3 + in.position.y * 5.0 + in.position.x * 4.0);
        world.y += much * (0.28 * a + 0.15 * sin(t * 4.1 + in.position.z * 17.0));
        world.x += much * 0.30 * b;
        world.z += much * 0.26 * sin(t * 7.9 + in.position.y * 6.0 + 1.3);
    } else if motion.x < 3.5 {
        let phase = origin.x * 0.7 + origin.z * 0.5;
        let offset = world.xyz - origin;
        world.y += motion.y * (0.6 * sin(t * 0.9 + phase) + 0.35 * sin(t * 1.4 + phase * 1.7));
        world.y += motion.y * (offset.x * 0.45 * sin(t * 1.15 + phase) + offset.z * 0.22 * sin(t * 0.8 + phase * 0.6));
    } else {
        // A wide circle, banked, with beats and glides.
        let phase = origin.x * 0.13 + origin.z * 0.21;
        let turn = t * 0.16 + phase;
        let offset = world.xyz - origin;
        let c = cos(turn);
        let s = sin(turn);
        let beating = smoothstep(-0.3, 0.5, sin(t * 0.5 + phase * 3.0));
        let lift = much * (0.35 + beating * sin(t * 7.5 + phase * 9.0));
        let wide = 16.0 + 6.0 * sin(phase * 5.0);
        world = vec4(
            origin.x + wide * c + offset.x * c + offset.z * s,
            origin.y + 2.0 * sin(t * 0.23 + phase) + offset.y + lift,
            origin.z - wide * s - offset.x * s + offset.z * c,
            1.0,
        );
    }
    out.world_position = world;
    out.position = position_world_to_clip(world.xyz);
#ifdef VERTEX_NORMALS
    out.world_normal = mesh_functions::mesh_normal_local_to_world(in.normal, in.instance_index);
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
