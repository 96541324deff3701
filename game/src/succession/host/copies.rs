//! The world as it is, for those who are willing: made beside the frames.

use super::*;

pub(super) enum Copy {
    /// To be made, once the disk is idle.
    Due,
    Making(Task<Option<(Bytes, FactNo)>>),
    Offered([u8; 32]),
    Taken,
}

impl Testament {
    /// One step of each copy.
    pub(super) fn makes_copies(
        &mut self,
        open: &mut Open,
        session: &mut Session,
        tell: &mut MessageWriter<Tell>,
    ) {
        for heir in self.heirs.values_mut() {
            match &mut heir.copy {
                Copy::Due => {
                    let Some((world, state, history)) = open.for_an_heir() else {
                        continue;
                    };
                    heir.copy = Copy::Making(AsyncComputeTaskPool::get().spawn(async move {
                        let bytes = Snapshot::of(&world, &state, &history).bytes().ok()?;
                        Some((Bytes::from(bytes), state.newest()))
                    }));
                }
                Copy::Making(task) => {
                    let Some(made) = check_ready(task) else { continue };
                    let offered = made.and_then(|(bytes, fact)| {
                        let len = bytes.len() as u64;
                        Some((session.offer_blob(bytes)?, len, fact))
                    });
                    match offered {
                        Some((hash, len, fact)) => {
                            heir.copy = Copy::Offered(hash);
                            let copy = SuccessionFromHost::Copy { hash, len, fact };
                            tell.write(Tell::one(heir.slot, say(copy)));
                        }
                        None => heir.copy = Copy::Due,
                    }
                }
                Copy::Offered(hash) if heir.warm => {
                    session.withdraw_blob(hash);
                    heir.copy = Copy::Taken;
                }
                Copy::Offered(_) | Copy::Taken => {}
            }
        }
    }
}
