//! When a microphone is open and heard, by a clock that is handed in; the rest in an app without devices.

use super::*;
use crate::input::source::Side;
use bevy::state::app::StatesPlugin;
use bevy::time::TimeUpdateStrategy;
use holm_identity::AccountKey;

const SECOND: Duration = Duration::from_secs(1);

#[test]
fn a_microphone_is_wanted_by_whoever_is_heard_and_rests_only_in_a_world() {
    assert_eq!(Need::of(true, false, false), Need::Heard);
    assert_eq!(Need::of(true, false, true), Need::Muted);
    assert_eq!(Need::of(false, false, true), Need::Nothing);
    assert_eq!(Need::of(false, false, false), Need::Nothing);
    for inside in [true, false] {
        for muted in [true, false] {
            assert_eq!(Need::of(inside, true, muted), Need::Heard, "a test is heard");
        }
    }
}

#[test]
fn muted_it_is_never_opened_and_let_go_after_a_while() {
    let mut keeper = Keeper::default();
    assert!(!keeper.keeps(Need::Muted, false, SECOND), "nobody asked for it");
    assert!(!keeper.keeps(Need::Muted, false, SECOND * 2));
    assert!(keeper.keeps(Need::Heard, false, SECOND * 3));
    assert!(keeper.keeps(Need::Muted, true, SECOND * 10));
    assert!(keeper.keeps(Need::Muted, true, SECOND * 10 + RELEASED_AFTER - SECOND));
    // A word in between: it begins anew.
    assert!(keeper.keeps(Need::Heard, true, SECOND * 69));
    assert!(keeper.keeps(Need::Muted, true, SECOND * 71));
    assert!(keeper.keeps(Need::Muted, true, SECOND * 80));
    assert!(!keeper.keeps(Need::Muted, true, SECOND * 71 + RELEASED_AFTER));
}

#[test]
fn outside_of_a_world_it_is_let_go_at_once() {
    let mut keeper = Keeper::default();
    assert!(keeper.keeps(Need::Heard, true, SECOND));
    assert!(!keeper.keeps(Need::Nothing, true, SECOND));
}

#[test]
fn a_key_counts_while_it_is_held_from_where_it_is_ours() {
    let mut hold = Hold::default();
    assert!(!hold.follow(true, false, true), "it was pressed elsewhere");
    assert!(hold.follow(true, true, true));
    assert!(hold.follow(true, false, true));
    assert!(!hold.follow(true, false, false));
    assert!(hold.follow(true, true, false), "a tap between two frames");
    assert!(!hold.follow(true, false, false));
    assert!(hold.follow(true, true, true));
    assert!(!hold.follow(false, false, true), "a panel opened");
    assert!(
        !hold.follow(true, false, true),
        "and was closed: it is pressed anew"
    );
    assert!(hold.follow(true, true, true));
}

#[test]
fn a_mode_is_what_was_chosen_unless_one_tests() {
    let mode = |testing, muted, push_to_talk| {
        let settings = VoiceSettings {
            push_to_talk,
            ..VoiceSettings::default()
        };
        let view = VoiceView {
            testing,
            muted,
            ..VoiceView::default()
        };
        wanted(&settings, &view).mode
    };
    assert_eq!(mode(false, true, true), Mode::Muted);
    assert_eq!(mode(false, true, false), Mode::Muted);
    assert_eq!(mode(false, false, true), Mode::PushToTalk);
    assert_eq!(mode(false, false, false), Mode::OpenMic);
    assert_eq!(mode(true, true, true), Mode::OpenMic);
}

#[test]
fn a_trouble_is_told_once_until_its_person_asks_again_or_it_was_gone() {
    let mut teller = Teller::default();
    let failed = MicrophoneView::Failed(Trouble::NotAllowed);
    let told = Some(VoiceTold::MicrophoneFailed(Trouble::NotAllowed));
    assert_eq!(teller.microphone(&MicrophoneView::Opening), None);
    assert_eq!(teller.microphone(&failed), told);
    assert_eq!(teller.microphone(&failed), None);
    // By itself.
    assert_eq!(teller.microphone(&MicrophoneView::Opening), None);
    assert_eq!(teller.microphone(&failed), None);
    teller.asked();
    assert_eq!(teller.microphone(&failed), told);
    assert_eq!(teller.microphone(&MicrophoneView::Open("a".to_owned())), None);
    let lost = MicrophoneView::Failed(Trouble::Lost);
    assert_eq!(teller.microphone(&lost), Some(VoiceTold::MicrophoneLost));
}

#[test]
fn of_speakers_one_hears_in_a_world_when_they_go_and_when_they_are_back() {
    let mut teller = Teller::default();
    let trouble = Some(Trouble::NoDevice);
    assert_eq!(teller.speakers(trouble, false), None);
    assert_eq!(teller.speakers(None, true), None, "they were there in time");
    assert_eq!(teller.speakers(trouble, true), Some(VoiceTold::SpeakersLost));
    assert_eq!(teller.speakers(trouble, true), None);
    assert_eq!(teller.speakers(None, false), Some(VoiceTold::SpeakersBack));
    assert_eq!(teller.speakers(None, true), None);
}

#[test]
fn others_are_told_what_they_can_hear() {
    let mut view = VoiceView::default();
    assert_eq!(as_told(&view, false), voice::Microphone::None);
    view.microphone = MicrophoneView::Open("a".to_owned());
    assert_eq!(as_told(&view, true), voice::Microphone::Muted);
    view.muted = false;
    assert_eq!(as_told(&view, true), voice::Microphone::Open);
    view.testing = true;
    assert_eq!(
        as_told(&view, true),
        voice::Microphone::Muted,
        "a test is for oneself"
    );
    view = VoiceView::default();
    assert_eq!(as_told(&view, true), voice::Microphone::Muted, "it was let go");
    view.muted = false;
    view.microphone = MicrophoneView::Opening;
    assert_eq!(as_told(&view, true), voice::Microphone::None);
}

#[test]
fn a_budget_leaves_room_for_repeats_and_only_a_full_link_takes_it() {
    assert_eq!(budget(false, 0.2, Some(60.0)), USUAL_BUDGET, "weak Wi-Fi");
    assert_eq!(budget(false, 0.2, None), USUAL_BUDGET);
    assert_eq!(budget(true, 0.0, Some(60.0)), RELAYED_BUDGET);
    assert_eq!(budget(true, 0.2, Some(900.0)), FULL_BUDGET);
    assert_eq!(budget(false, 0.0, Some(900.0)), USUAL_BUDGET, "merely far away");
}

#[test]
fn a_list_without_microphones_is_looked_at_once_more() {
    let mut looks = Looks::default();
    assert!(!looks.are_due(SECOND));
    looks.ask(SECOND);
    assert!(looks.are_due(SECOND));
    looks.looked(SECOND, true);
    assert!(!looks.are_due(SECOND));
    assert!(looks.are_due(SECOND + LOOK_AGAIN));
    looks.looked(SECOND * 2, true);
    assert!(!looks.are_due(SECOND * 100));
    looks.ask(SECOND * 100);
    looks.looked(SECOND * 100, false);
    assert!(!looks.are_due(SECOND * 200));
}

/// Somebody in a world, on a machine whose devices nobody may touch.
fn inside() -> App {
    let mut app = App::new();
    app.add_plugins((MinimalPlugins, StatesPlugin))
        .insert_resource(TimeUpdateStrategy::ManualDuration(Duration::from_millis(100)))
        .insert_state(SessionPhase::Inside)
        .init_resource::<VoiceView>()
        .init_resource::<MyVoice>()
        .init_resource::<Session>()
        .init_resource::<Settings>()
        .init_resource::<Screens>()
        .init_resource::<Hands>()
        .init_non_send::<Ears>()
        .add_message::<VoiceWish>()
        .add_message::<VoiceTold>()
        .add_message::<SayFrame>()
        .add_plugins(plugin);
    app.update();
    app
}

fn wish(app: &mut App, wish: VoiceWish) {
    app.world_mut().write_message(wish);
    app.update();
}

fn view(app: &App) -> &VoiceView {
    app.world().resource::<VoiceView>()
}

/// A key as it is in the next frame.
fn press(app: &mut App, doing: Doing, amount: f32, started: bool) {
    app.world_mut()
        .resource_mut::<Hands>()
        .note(Side::Keys, doing, amount, started);
    app.update();
}

#[test]
fn without_devices_one_mutes_and_unmutes_and_nothing_is_opened_or_told() {
    let mut app = inside();
    assert!(view(&app).muted);
    wish(&mut app, VoiceWish::ToggleMute);
    assert!(!view(&app).muted);
    assert_eq!(view(&app).microphone, MicrophoneView::Off);
    wish(&mut app, VoiceWish::LookForDevices);
    wish(&mut app, VoiceWish::Test(true));
    assert_eq!(view(&app).microphone, MicrophoneView::Off);
    assert_eq!(
        app.world().resource::<MyVoice>().microphone,
        voice::Microphone::None
    );
    assert!(app.world().resource::<Messages<VoiceTold>>().is_empty());
    assert!(app.world().resource::<Messages<SayFrame>>().is_empty());
    wish(&mut app, VoiceWish::Mute(true));
    assert!(view(&app).muted);
}

#[test]
fn holding_the_key_asks_to_be_heard_but_never_takes_back_that_one_muted_oneself() {
    let mut app = inside();
    press(&mut app, Doing::Talk, 1.0, true);
    assert!(
        view(&app).held && view(&app).muted,
        "an open microphone is not held open"
    );
    press(&mut app, Doing::Talk, 0.0, false);
    app.world_mut().resource_mut::<Settings>().voice.push_to_talk = true;
    press(&mut app, Doing::Talk, 1.0, true);
    assert!(view(&app).held && !view(&app).muted);
    press(&mut app, Doing::Talk, 1.0, false);
    assert!(view(&app).held);
    press(&mut app, Doing::Talk, 0.0, false);
    assert!(!view(&app).held && !view(&app).muted);
    press(&mut app, Doing::Mute, 1.0, true);
    press(&mut app, Doing::Mute, 0.0, false);
    press(&mut app, Doing::Talk, 1.0, true);
    assert!(view(&app).held && view(&app).muted);
}

#[test]
fn a_panel_that_takes_the_keys_takes_this_one_too() {
    let mut app = inside();
    press(&mut app, Doing::Talk, 1.0, true);
    for (panel, goes_on) in [(Panel::People, true), (Panel::Build, true), (Panel::Chat, false)] {
        app.world_mut().resource_mut::<Screens>().close_all();
        press(&mut app, Doing::Talk, 1.0, true);
        assert!(view(&app).held);
        app.world_mut().resource_mut::<Screens>().open(panel);
        press(&mut app, Doing::Talk, 1.0, false);
        assert_eq!(view(&app).held, goes_on, "{panel:?}");
    }
    app.world_mut().resource_mut::<Screens>().close_all();
    press(&mut app, Doing::Talk, 1.0, false);
    assert!(!view(&app).held, "it is pressed anew");
    let window = Window {
        focused: false,
        ..default()
    };
    app.world_mut().spawn((window, PrimaryWindow));
    press(&mut app, Doing::Talk, 1.0, true);
    assert!(!view(&app).held, "nobody looks at the window");
}

#[test]
fn whoever_leaves_is_muted_and_speaks_to_all_in_the_next_world() {
    let mut app = inside();
    wish(&mut app, VoiceWish::Mute(false));
    wish(&mut app, VoiceWish::Reach(Reach::Shout));
    let crowd: Vec<AccountKey> = (0..20).map(|who| AccountKey([who; 32])).collect();
    wish(&mut app, VoiceWish::Audience(Audience::Few(crowd.clone())));
    assert_eq!(
        app.world().resource::<MyVoice>().audience,
        Audience::Few(crowd[..MOST_OF_FEW].to_vec())
    );
    app.world_mut()
        .resource_mut::<NextState<SessionPhase>>()
        .set(SessionPhase::Off);
    app.update();
    assert!(view(&app).muted);
    assert_eq!(view(&app).reach, Reach::Normal);
    assert_eq!(app.world().resource::<MyVoice>().audience, Audience::All);
    wish(&mut app, VoiceWish::Mute(false));
    assert!(view(&app).muted, "there is nobody to be heard by");
}

#[test]
fn the_host_is_told_how_far_one_wants_to_hear() {
    let mut app = inside();
    app.world_mut().resource_mut::<Settings>().sound.earmuffs = Some(4.0);
    app.update();
    assert_eq!(app.world().resource::<MyVoice>().earmuffs, Some(4.0));
}
