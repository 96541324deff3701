// What the sky looks like in a direction: the dome, the water that mirrors it and the far haze agree by this.
// The same sum as `Sky::colour` in sky.rs.
#define_import_path holm::air

struct Air {
    zenith: vec4<f32>,
    horizon: vec4<f32>,
    nadir: vec4<f32>,
    sun: vec4<f32>,
    // Unit vector to the sun; w is haze distance in metres, 0 for none.
    to_sun: vec4<f32>,
    // Cloud cover 0..1, stars 0..1, seconds a cloud needs for its own width (0: still), brightness of foam.
    weather: vec4<f32>,
}

fn sky(air: Air, direction: vec3<f32>) -> vec3<f32> {
    let height = clamp(direction.y, -1.0, 1.0);
    var base: vec3<f32>;
    if height >= 0.0 {
        base = mix(air.horizon.rgb, air.zenith.rgb, pow(min(height * 1.25, 1.0), 0.55));
    } else {
        base = mix(air.horizon.rgb, air.nadir.rgb, sqrt(min(-height * 9.0, 1.0)));
    }
    let towards = max(dot(direction, air.to_sun.xyz), 0.0);
    var glow = 0.30 * pow(towards, 5.0) + 0.55 * pow(towards, 48.0) + 3.0 * pow(towards, 1600.0);
    if height < 0.0 {
        glow *= max(1.0 + height * 6.0, 0.0);
    }
    return base + air.sun.rgb * glow;
}
