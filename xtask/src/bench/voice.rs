//! What voice costs, how late it is heard, and what is understood of it over a bad link.
//!
//! The speech is `espeak-ng`'s, by two voices, made here: recorded speech would be somebody's, and a file in this repository.

use super::lab::{Lab, example};
use super::{Figure, number};
use crate::setup::{Need, ensure};
use crate::shell::output;
use anyhow::{Context, Result};
use std::path::PathBuf;

/// Sentences with all sounds of English, of the kind that intelligibility is measured with (Harvard sentences).
const WORDS: &str = "The birch canoe slid on the smooth planks. Glue the sheet to the dark blue background. \
    It is easy to tell the depth of a well. These days a chicken leg is a rare dish. Rice is often served in round bowls. \
    The juice of lemons makes fine punch. The box was thrown beside the parked truck. The hogs were fed chopped corn and garbage. \
    Four hours of steady work faced us. A large size in stockings is hard to sell.";

/// Twenty sentences at 48 kHz, as the examples read them.
fn speech(lab: &Lab) -> Result<PathBuf> {
    ensure(lab.env, &[Need::Speech])?;
    let at = |name: &str| lab.scratch.0.join(name);
    let mut spoken = Vec::new();
    for (name, voice) in [("one.wav", "en-us"), ("another.wav", "en-gb+f3")] {
        let mut espeak = lab.env.command("espeak-ng");
        output(
            espeak
                .args(["-v", voice, "-s", "150", "-w"])
                .arg(at(name))
                .arg(WORDS),
        )?;
        spoken.push(at(name));
    }
    let speech = at("speech.wav");
    let mut sox = lab.env.command("sox");
    sox.args(&spoken)
        .args(["-r", "48000", "-c", "1", "-b", "16"])
        .arg(&speech)
        .args(["gain", "-n", "-6"]);
    output(&mut sox)?;
    Ok(speech)
}

pub(super) fn voice(lab: &Lab) -> Result<Vec<Figure>> {
    let speech = speech(lab)?;
    let file = speech.to_str().context("a path of letters")?;
    let seconds = if lab.quick { "3" } else { "10" };
    let session = example(lab.env, "holm-net", "voice_session_bench", &[file, seconds])?;
    let seeds = if lab.quick { "2" } else { "5" };
    let heard = example(lab.env, "holm-net", "voice_heard", &[file, "--seeds", seeds])?;
    let codec = example(lab.env, "holm-voice", "voice_bench", &[])?;

    let of = |pointer: &str| number(&session, &format!("/{pointer}"));
    let worse = |way: &str| {
        let at = |kind: &str, way: &str| number(&session, &format!("/{kind}/{way}/wire_kbits"));
        Some(at(way, "up")?.max(at(way, "down")?))
    };
    let understood = |condition: &str| number(&heard, &format!("/{condition}/stoi"));
    let gained = |loss: &str| {
        let [on, off] = ["on", "off"].map(|kind| understood(&format!("lost_{loss}_{kind}")));
        Some(on? - off?)
    };
    let mut figures = vec![
        Figure::at_most(
            "one talker beside what moves, headers included, the worse direction",
            worse("talking"),
            30.0,
            "kbit/s",
        ),
        Figure::note(
            "of that payload, to the host",
            of("talking/up/payload_kbits"),
            "kbit/s",
        ),
        Figure::note(
            "datagrams that takes more, to the host",
            of("talking/up/datagrams_a_second"),
            "a second",
        ),
        Figure::note(
            "one talker at 32 kbit/s who repeats everything, to the host",
            of("most/up/wire_kbits"),
            "kbit/s",
        ),
        Figure::at_most("of whom the host refuses", of("most/refused_bytes"), 0.0, "B"),
        Figure::at_most(
            "an open microphone in a quiet room, headers included",
            worse("silent"),
            2.0,
            "kbit/s",
        ),
        Figure::at_most(
            "a host with 64 guests of whom eight talk, more than silent",
            of("crowd/more_core"),
            0.1,
            "cores",
        ),
        Figure::note("the same host silent", of("crowd/silent_core"), "cores"),
        Figure::note(
            "voice that it sends, without headers",
            of("crowd/voice_kbytes_a_second"),
            "kB/s",
        ),
        Figure::at_most(
            "it keeps what is said, p99",
            of("crowd/kept_ticks_p99"),
            1.0,
            "ticks of 50 ms",
        ),
        Figure::at_most(
            "from mouth to ear over loopback, devices of 10 ms, median",
            of("mouth_to_ear_ms/p50"),
            100.0,
            "ms",
        ),
        Figure::note("the same, p95", of("mouth_to_ear_ms/p95"), "ms"),
        Figure::at_most(
            "twelve talkers decoded and mixed at a listener",
            number(&codec, "/twelve_heard_core"),
            0.1,
            "cores",
        ),
        Figure::note(
            "400 people in a square, 20 talking: who hears whom, each time",
            number(&codec, "/hearing_us/400_people_20_talk"),
            "µs",
        ),
        Figure::note("understood without loss (STOI)", understood("lost_0_on"), "of 1"),
    ];
    for (loss, bar) in [("5", 0.93), ("10", 0.88)] {
        figures.push(Figure::at_least(
            &format!("understood with {loss} % lost in bursts and ± 40 ms (STOI)"),
            understood(&format!("lost_{loss}_on")),
            bar,
            "of 1",
        ));
        figures.push(Figure::judge(
            "repairs and an adaptive delay are worth there",
            gained(loss),
            "> 0".to_owned(),
            "of 1",
            |gained| gained > 0.0,
        ));
        figures.push(Figure::note(
            "what frames wait for each other then",
            number(&heard, &format!("/lost_{loss}_on/delay_ms")),
            "ms",
        ));
    }
    Ok(figures)
}
