// The numbers of the cartoon look, for its light and for its outline; `Paint` in toon.rs fills them.
#define_import_path holm::paint

struct Toon {
    // Colour in the shade; w: where lit turns into shade.
    shade: vec4<f32>,
    // Of the picture of what is around; w: how hard the edge is.
    matcap: vec4<f32>,
    // Of the rim; w: its power.
    rim: vec4<f32>,
    // Of the outline; w: its width.
    outline: vec4<f32>,
    // Lift of the rim, how much light takes part in the rim, in the outline, how evenly light from all around falls.
    mixes: vec4<f32>,
    // Texture coordinates a second, radians a second, 2 for an outline measured on the screen.
    moves: vec4<f32>,
    // Strength of the normal map (0: none), of the picture that moves the edge of the shade (0: none).
    bumps: vec4<f32>,
}

@group(#{MATERIAL_BIND_GROUP}) @binding(100) var<uniform> toon: Toon;
