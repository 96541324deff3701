// The sea: two waves that lift it, many that only turn its light, the sky in it, the shore under it, foam where it
// meets land, and the sun's path. No depth texture and no reflections pass: WebGL2 has neither to spare.
#import bevy_pbr::{
    mesh_functions,
    forward_io::{Vertex, VertexOutput},
    view_transformations::position_world_to_clip,
    mesh_view_bindings::{view, globals},
}
#import holm::air::{Air, sky}
#ifdef TONEMAP_IN_SHADER
#import bevy_core_pipeline::tonemapping::{tone_mapping, screen_space_dither}
#endif

struct Sea {
    air: Air,
    deep: vec4<f32>,
    shallow: vec4<f32>,
    // Least x and z of the shore's picture, and one through its size in x and z (0: no shore).
    shore: vec4<f32>,
    // Metres of depth the picture's white stands for, height of waves in metres, how calm it is to look at.
    waves: vec4<f32>,
}

@group(#{MATERIAL_BIND_GROUP}) @binding(0) var<uniform> sea: Sea;
@group(#{MATERIAL_BIND_GROUP}) @binding(1) var shore: texture_2d<f32>;
@group(#{MATERIAL_BIND_GROUP}) @binding(2) var shore_sampler: sampler;

fn depth_at(place: vec2<f32>) -> f32 {
    let uv = (place - sea.shore.xy) * sea.shore.zw;
    let edge = min(min(uv.x, uv.y), min(1.0 - uv.x, 1.0 - uv.y));
    let read = textureSampleLevel(shore, shore_sampler, uv, 0.0).r * sea.waves.x;
    // Beyond the picture it is deep; softly, so that its edge is not seen.
    return mix(sea.waves.x, read, smoothstep(0.0, 0.06, edge) * step(0.0000001, sea.shore.z));
}

@vertex
fn vertex(in: Vertex) -> VertexOutput {
    var out: VertexOutput;
    let world_from_local = mesh_functions::get_world_from_local(in.instance_index);
    var world = mesh_functions::mesh_position_local_to_world(world_from_local, vec4<f32>(in.position, 1.0));
    let t = globals.time;
    let calm = smoothstep(0.0, 1.6, depth_at(world.xz)) * smoothstep(160.0, 30.0, length(in.position.xz));
    world.y += sea.waves.y * calm * (sin(world.x * 0.42 + world.z * 0.16 + t * 0.9) + sin(world.z * 0.55 - world.x * 0.23 + t * 1.15)) * 0.5;
    out.world_position = world;
    out.world_normal = vec3(0.0, 1.0, 0.0);
    out.position = position_world_to_clip(world.xyz);
#ifdef VERTEX_UVS_A
    out.uv = in.uv;
#endif
    return out;
}

// Slope of one wave: direction, waves a metre, metres a second.
fn slope(place: vec2<f32>, way: vec2<f32>, often: f32, fast: f32, steep: f32) -> vec2<f32> {
    return way * cos(dot(place, way) * often + globals.time * fast * often) * steep;
}

@fragment
fn fragment(in: VertexOutput) -> @location(0) vec4<f32> {
    let place = in.world_position.xz;
    let to_eye = view.world_position.xyz - in.world_position.xyz;
    let distance = length(to_eye);
    let eye = to_eye / max(distance, 0.001);
    let depth = depth_at(place);

    // Fine waves are left out where a pixel is larger than they are: they would glitter like noise.
    let near = 1.0 / (1.0 + distance * 0.035);
    let middle = 1.0 / (1.0 + distance * 0.008);
    // Bent a little, so that straight rows of waves do not show.
    let wide = place + vec2(sin(place.y * 0.031 + 1.3), sin(place.x * 0.027)) * 9.0;
    let bent = wide + vec2(sin(wide.y * 0.13 + globals.time * 0.21), sin(wide.x * 0.11 - globals.time * 0.17)) * 2.2;
    let far = 1.0 / (1.0 + distance * 0.022);
    // Gusts: here and there it is calmer.
    let gust = 0.65 + 0.35 * sin(wide.x * 0.05 + globals.time * 0.11) * sin(wide.y * 0.043 - globals.time * 0.07);
    var tilt = (slope(bent, vec2(0.93, 0.36), 0.55, 1.4, 0.040) + slope(bent, vec2(-0.42, 0.91), 0.83, 1.2, 0.038)) * (0.06 + 0.94 * far);
    tilt += (slope(bent, vec2(0.31, -0.95), 1.9, 0.9, 0.042) + slope(bent, vec2(-0.88, -0.47), 2.7, 0.8, 0.040)) * middle;
    tilt += (slope(bent, vec2(0.71, 0.70), 5.3, 0.55, 0.050) + slope(bent, vec2(-0.60, 0.80), 7.9, 0.5, 0.045) + slope(bent, vec2(0.97, -0.24), 11.3, 0.42, 0.040)) * near;
    tilt *= mix(0.35, 1.0, smoothstep(0.0, 1.5, depth)) * gust;
    // From below one sees its other side.
    let normal = normalize(vec3(-tilt.x, 1.0, -tilt.y)) * select(1.0, -1.0, eye.y < 0.0);

    let facing = clamp(dot(normal, eye), 0.0, 1.0);
    let fresnel = 0.03 + 0.82 * pow(1.0 - facing, 4.0);
    var mirrored = reflect(-eye, normal);
    mirrored.y = abs(mirrored.y) + 0.02;
    mirrored = normalize(mirrored);
    let above = sky(sea.air, mirrored);

    let clear = exp(-max(depth, 0.0) * 0.85);
    var colour = mix(sea.deep.rgb, sea.shallow.rgb, clear);
    // Light inside the crests, seen against the sun.
    colour += sea.shallow.rgb * max(tilt.x * sea.air.to_sun.x + tilt.y * sea.air.to_sun.z + 0.02, 0.0) * 1.6;
    colour = mix(colour, above, fresnel);

    let spark = max(dot(mirrored, sea.air.to_sun.xyz), 0.0);
    colour += sea.air.sun.rgb * (pow(spark, 420.0) * 5.0 + pow(spark, 60.0) * 0.30);

    // Foam: a live edge on the shore, and lines that come in.
    let ragged = sin(bent.x * 2.1 + globals.time * 0.5) * 0.5 + sin(bent.y * 2.6 - globals.time * 0.4) * 0.5 + sin((bent.x + bent.y) * 5.7) * 0.35;
    let tide = 0.10 + 0.06 * sin(globals.time * 0.55 + ragged * 0.8);
    var foam = (1.0 - smoothstep(tide * 0.5, tide + 0.10 + 0.05 * ragged, depth)) * 0.9;
    let line = fract(depth * 1.15 + globals.time * 0.085 + ragged * 0.06);
    foam += smoothstep(0.84, 0.97, line) * (1.0 - smoothstep(0.97, 1.0, line)) * smoothstep(1.25, 0.25, depth) * smoothstep(-0.7, 0.9, ragged) * 0.75;
    foam = clamp(foam, 0.0, 1.0) * middle;
    let white = (sea.air.horizon.rgb * 0.45 + sea.air.sun.rgb * 0.55) * sea.air.weather.w + vec3(0.06);
    colour = mix(colour, white, foam);

    var alpha = mix(sea.deep.a, 0.30, exp(-max(depth, 0.0) * 1.5));
    alpha = clamp(max(max(alpha, fresnel), foam) , 0.0, 1.0);
    // Where it ends on the beach it thins out.
    alpha *= smoothstep(0.0, 0.045, depth + foam * 0.03);

    // Far water becomes the air over it, so that there is no line between them.
    let haze = sea.air.to_sun.w;
    if haze > 0.0 {
        let thick = distance / haze * 1.6;
        let air_share = 1.0 - exp(-thick * thick);
        colour = mix(colour, sky(sea.air, normalize(vec3(-eye.x, 0.0, -eye.z))), air_share);
        alpha = mix(alpha, 1.0, air_share);
    }

    var out = vec4(colour, alpha);
#ifdef TONEMAP_IN_SHADER
    out = tone_mapping(out, view.color_grading);
#ifdef DEBAND_DITHER
    let stepped = pow(max(out.rgb, vec3(0.0)), vec3(1.0 / 2.2)) + screen_space_dither(in.position.xy);
    out = vec4(pow(max(stepped, vec3(0.0)), vec3(2.2)), out.a);
#endif
#endif
    return out;
}
