// The dome of the sky: gradient, sun, drifting clouds lit from the sun's side, stars.
#import bevy_pbr::{
    forward_io::VertexOutput,
    mesh_view_bindings::{view, globals},
}
#import holm::air::{Air, sky}
#ifdef TONEMAP_IN_SHADER
#import bevy_core_pipeline::tonemapping::{tone_mapping, screen_space_dither}
#endif

@group(#{MATERIAL_BIND_GROUP}) @binding(0) var<uniform> air: Air;
@group(#{MATERIAL_BIND_GROUP}) @binding(1) var clouds: texture_2d<f32>;
@group(#{MATERIAL_BIND_GROUP}) @binding(2) var clouds_sampler: sampler;

// Two layers of one picture at unlike scales, so that its repeats are not seen. Level of detail is said, not
// guessed from neighbours: it would jump at the horizon.
fn thickness(place: vec2<f32>, level: f32) -> f32 {
    let wide = textureSampleLevel(clouds, clouds_sampler, place * 0.11, level).r;
    let fine = textureSampleLevel(clouds, clouds_sampler, place * 0.37 + vec2(0.31, 0.17), level + 1.0).r;
    return wide * 0.72 + fine * 0.28;
}

fn hash(cell: vec3<f32>) -> f32 {
    let p = fract(cell * 0.1031);
    let q = p + dot(p, p.zyx + 31.32);
    return fract((q.x + q.y) * q.z);
}

@fragment
fn fragment(in: VertexOutput) -> @location(0) vec4<f32> {
    let direction = normalize(in.world_position.xyz - view.world_position.xyz);
    var colour = sky(air, direction);

    if air.weather.y > 0.0 && direction.y > 0.02 {
        let place = direction * 130.0;
        let cell = floor(place);
        let chance = hash(cell);
        if chance > 0.9905 {
            let away = length(place - cell - 0.5);
            let twinkle = 0.75 + 0.25 * sin(globals.time * 1.7 + chance * 900.0);
            let star = smoothstep(0.42, 0.05, away) * (chance - 0.99) * 105.0 * twinkle;
            colour += vec3(0.85, 0.92, 1.0) * star * air.weather.y * smoothstep(0.02, 0.35, direction.y);
        }
    }

    let cover = air.weather.x;
    if cover > 0.0 && direction.y > 0.005 {
        let above = direction.xz / (direction.y + 0.10);
        let drift = vec2(globals.time * air.weather.z, globals.time * air.weather.z * 0.4);
        let level = clamp(log2(0.16 / (direction.y + 0.02)), 0.0, 4.0);
        let place = above + drift;
        let here = thickness(place, level);
        let low = 0.78 - 0.55 * cover;
        let body = smoothstep(low, low + 0.24, here);
        if body > 0.002 {
            // What lies between here and the sun takes light away.
            let flat = normalize(air.to_sun.xz + vec2(0.0001, 0.0)) * 0.42;
            let between = thickness(place + flat, level + 1.0);
            let lit = clamp(0.62 + (here - between) * 3.2 - (here - low) * 0.55, 0.0, 1.0);
            let towards = max(dot(direction, air.to_sun.xyz), 0.0);
            let bright = mix(air.horizon.rgb, vec3(1.0), 0.25) * 0.35 + air.sun.rgb * (0.62 + 0.9 * pow(towards, 6.0));
            let dark = mix(air.zenith.rgb, air.horizon.rgb, 0.48) * 0.92;
            let edge = air.sun.rgb * pow(towards, 14.0) * (1.0 - body) * 1.1;
            let fade = smoothstep(0.01, 0.20, direction.y);
            colour = mix(colour, mix(dark, bright, lit) + edge, body * fade * 0.92);
        }
    }

    var out = vec4(colour, 1.0);
#ifdef TONEMAP_IN_SHADER
    out = tone_mapping(out, view.color_grading);
#ifdef DEBAND_DITHER
    // Wide, slow gradients show steps without it.
    let stepped = pow(max(out.rgb, vec3(0.0)), vec3(1.0 / 2.2)) + screen_space_dither(in.position.xy);
    out = vec4(pow(max(stepped, vec3(0.0)), vec3(2.2)), out.a);
#endif
#endif
    return out;
}
