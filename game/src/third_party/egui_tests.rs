//! Letters are on the graphics card in the frame that first shows them.
#![allow(clippy::unwrap_used, reason = "tests")]

use super::*;
use bevy_egui::{EguiContexts, EguiManagedTextures, EguiPrimaryContextPass, EguiRenderOutput, egui};

/// What is written on the screen.
#[derive(Resource, Default)]
struct Written(String);

/// What happened in a frame.
#[derive(Resource, Default)]
struct Frame {
    letters_changed: bool,
    told: bool,
}

#[test]
fn letters_that_were_never_drawn_are_handed_on_in_their_own_frame() {
    let mut app = App::new();
    app.add_plugins(
        crate::view::blind_engine()
            .disable::<bevy::log::LogPlugin>()
            .disable::<bevy::app::TerminalCtrlCHandlerPlugin>(),
    )
    .add_plugins(bevy::render::sync_world::SyncWorldPlugin)
    .insert_resource(bevy::time::TimeUpdateStrategy::ManualDuration(
        core::time::Duration::from_millis(16),
    ))
    .add_plugins((EguiPlugin::default(), order))
    .insert_resource(EguiGlobalSettings {
        auto_create_primary_context: false,
        ..default()
    })
    .init_resource::<Written>()
    .init_resource::<Frame>()
    .add_systems(PreStartup, raise_camera)
    .add_systems(
        EguiPrimaryContextPass,
        |mut contexts: EguiContexts, written: Res<Written>| -> Result {
            egui::Area::new("letters".into()).show(contexts.ctx_mut()?, |ui| ui.heading(&written.0));
            Ok(())
        },
    )
    .add_systems(
        PostUpdate,
        (|outputs: Query<&EguiRenderOutput>, mut frame: ResMut<Frame>| {
            frame.letters_changed = outputs.iter().any(|output| !output.textures_delta.set.is_empty());
        })
        .after(EguiPostUpdateSet::ProcessOutput)
        .before(EguiPostUpdateSet::PostProcessOutput),
    )
    .add_systems(
        Last,
        |mut events: MessageReader<AssetEvent<Image>>,
         pictures: Res<EguiManagedTextures>,
         mut frame: ResMut<Frame>| {
            frame.told = events.read().any(|event| match event {
                AssetEvent::Added { id } | AssetEvent::Modified { id } => {
                    pictures.values().any(|picture| picture.handle.id() == *id)
                }
                _ => false,
            });
        },
    );
    app.finish();
    app.cleanup();
    for _ in 0..4 {
        app.update();
    }
    let mut changes = 0;
    for text in [
        "Harbour",
        "Quiet room",
        "Zum Leuchtturm",
        "Über Bord",
        "¿Qué?",
        "0123456789",
        "&@%",
    ] {
        app.world_mut().resource_mut::<Written>().0 = text.to_owned();
        for _ in 0..3 {
            app.update();
            let frame = app.world().resource::<Frame>();
            changes += usize::from(frame.letters_changed);
            assert!(
                !frame.letters_changed || frame.told,
                "{text:?} is drawn a frame before its letters are there"
            );
        }
    }
    assert!(changes >= 5, "new letters were drawn {changes} times");
}
