//! How fast it is played: what waits longer than it has to, or shorter, is brought back.
//!
//! Flow: a frame is decoded → [`Playout::leave_out`], too much is waiting: another frame takes its place → it is put on
//! the tape → [`Playout::stretch`], one pitch period more or less.
//! Invariant: pitch periods are 5 % of what is played at most; what is left out beyond that is silence, or more than
//! anybody would wait for.

use super::{FRAME, MS, Playout, SILENT_BYTES, decode, delay, is_quiet, rms, stretch, tame};
use crate::codec::Decode;

/// A longer wait than the target by this much is shortened, to no less than [`BELOW`]: deep voices with periods
/// longer than both wait a little longer.
const ABOVE: i64 = 5 * MS;
/// A shorter wait than the target by this much is lengthened: less than [`delay`]'s margin.
const BELOW: i64 = 5 * MS / 2;
/// Above the target by this much, frames in which nobody speaks are left out.
const SPARE: i64 = 40 * MS;
/// Above the target by this much, whatever is due is left out down to half of it; 5 % would take over 4 s.
pub(super) const FAR: i64 = 200 * MS;
/// Of 20 samples one may be added or left out: 5 %, which nobody notices in speech.
const STRETCH: i64 = 20;
/// How alike ([−1, 1]) two periods have to be when the wait is nearly right, and when it is off by [`ALIKE_OFF`].
/// The first is where NetEq puts it for its slow, the second for its fast acceleration.
const ALIKE: f32 = 0.9;
const ALIKE_FAR: f32 = 0.5;
const ALIKE_OFF: i64 = 100 * MS;

/// A cut fades this long from what it leaves out: 10 ms.
const CUT: usize = 480;

const _: () = assert!(BELOW < delay::MARGIN && ABOVE < SPARE && SPARE < FAR);

impl<D: Decode> Playout<D> {
    /// Leaves frames out when too much is waiting, from the one in `frame` on, which becomes the one after them.
    pub(super) fn leave_out(&mut self) {
        let over = self.delay.too_long();
        let frames = if over > FAR {
            (over - FAR / 2) / FRAME
        } else if over > SPARE && is_quiet(rms(&*self.frame), self.loud) {
            1
        } else {
            return;
        };
        let talk = |number| {
            self.buffer
                .get(number)
                .is_some_and(|frame| frame.payload.len() > SILENT_BYTES && !frame.begins)
        };
        let Some(frames) = [frames, 1]
            .into_iter()
            .find(|frames| talk(self.next + frames - 1))
        else {
            return;
        };
        core::mem::swap(&mut self.frame, &mut self.left_out);
        let after = self.next + frames - 1;
        if !decode(&mut self.decoder, &self.buffer, after, &mut self.frame) {
            core::mem::swap(&mut self.frame, &mut self.left_out);
            return;
        }
        let broken = self.broken;
        self.skip(frames);
        self.broken = broken; // it is joined here
        self.stats.cut += frames.cast_unsigned();
        tame(&mut self.left_out);
        tame(&mut self.frame);
        stretch::fade(&self.left_out[..CUT], &mut self.frame[..CUT]);
    }

    /// One pitch period more or less of what was just put on the tape, if the delay wants it and nobody hears it.
    pub(super) fn stretch(&mut self) {
        self.credit = (self.credit + FRAME / STRETCH).min(FRAME);
        let (too_long, too_short) = (self.delay.too_long(), self.delay.too_short());
        let off = if too_long > ABOVE {
            too_long
        } else if too_short > BELOW {
            too_short
        } else {
            return;
        };
        let off = (off as f32 / ALIKE_OFF as f32).min(1.0);
        let alike = if self.quiet {
            None
        } else {
            Some(ALIKE + (ALIKE_FAR - ALIKE) * off)
        };
        let stretched = if too_long > ABOVE {
            let most = self.credit.min(too_long + BELOW);
            let samples = self.tape.shorten(most as usize, alike) as i64;
            self.shortened += samples;
            -samples
        } else {
            let samples = self.tape.lengthen(self.credit as usize, alike) as i64;
            self.lengthened += samples;
            samples
        };
        self.credit -= stretched.abs();
        self.delay.shift(stretched);
    }
}
