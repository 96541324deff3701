//! What broke or came back, told once; and why a microphone that is asked for is not there.

use crate::input::actions::Doing;
use crate::input::hands::Hands;
use crate::notices::Notice;
use crate::voice::devices::{MicrophoneView, VoiceTold, VoiceView};
use crate::words::Words;
use bevy::prelude::*;
use holm_audio::Trouble;

pub(super) fn plugin(app: &mut App) {
    app.add_systems(Update, (tell, answer));
}

fn failed(words: &Words, why: Trouble) -> Notice {
    let [what, next] = super::trouble(why);
    Notice::trouble(words.say(what), words.say(next))
}

fn notice(words: &Words, told: &VoiceTold) -> Notice {
    let trouble = |what: &str, next: &str| Notice::trouble(words.say(what), words.say(next));
    match told {
        VoiceTold::MicrophoneFailed(why) => failed(words, *why),
        VoiceTold::MicrophoneLost => trouble("voice-lost", "voice-lost-next"),
        VoiceTold::SpeakersLost => trouble("sound-speakers-lost", "sound-speakers-lost-next"),
        VoiceTold::SpeakersBack => Notice::fine(words.say("sound-speakers-back")),
    }
}

fn tell(mut told: MessageReader<VoiceTold>, words: Res<Words>, mut notices: MessageWriter<Notice>) {
    for told in told.read() {
        notices.write(notice(&words, told));
    }
}

/// Whoever presses a microphone that does not work is told why: on glass and on a pad nothing hovers.
fn answer(hands: Res<Hands>, view: Res<VoiceView>, words: Res<Words>, mut notices: MessageWriter<Notice>) {
    let asked = hands.started(Doing::Mute) || hands.started(Doing::Talk);
    if let (MicrophoneView::Failed(why), true) = (&view.microphone, asked) {
        notices.write(failed(&words, *why));
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::theme::widgets::Mood;

    #[test]
    fn whatever_breaks_is_told_with_what_helps() {
        let words = Words::default();
        let all = [
            VoiceTold::MicrophoneFailed(Trouble::NoDevice),
            VoiceTold::MicrophoneFailed(Trouble::NotAllowed),
            VoiceTold::MicrophoneFailed(Trouble::Busy),
            VoiceTold::MicrophoneFailed(Trouble::Lost),
            VoiceTold::MicrophoneFailed(Trouble::Broken),
            VoiceTold::MicrophoneLost,
            VoiceTold::SpeakersLost,
        ];
        for told in &all {
            let notice = notice(&words, told);
            assert_eq!(notice.mood, Mood::Trouble);
            // Not a key that nobody has words for.
            for said in [notice.what, notice.next] {
                assert!(said.contains(' '), "{said}");
            }
        }
        assert_eq!(notice(&words, &VoiceTold::SpeakersBack).mood, Mood::Fine);
    }
}
