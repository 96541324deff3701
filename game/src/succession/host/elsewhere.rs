//! A host that may not change its world looks for whoever does, and goes there.

use super::tending::Says;
use super::*;

/// What a host says of itself to whoever comes.
struct Told {
    term: u64,
    writes: bool,
}

fn standing(told: &[FromHost]) -> Option<Told> {
    let mut standing = None;
    for message in told {
        match message {
            FromHost::Succession(SuccessionFromHost::Standing { term, writes, .. }) => {
                standing = Some(Told {
                    term: *term,
                    writes: *writes,
                });
            }
            FromHost::Succession(SuccessionFromHost::Writes(now)) => {
                if let Some(standing) = &mut standing {
                    standing.writes = *now;
                }
            }
            _ => {}
        }
    }
    standing
}

impl Testament {
    /// `walks`: whoever hosts goes along, instead of just closing.
    pub(super) fn looks_elsewhere(
        &mut self,
        session: &mut Session,
        profile: &Profile,
        network: &Network,
        walks: bool,
        now: Duration,
        says: &mut Says,
    ) {
        let found = session
            .next()
            .and_then(|(host, told)| Some((host, standing(told)?)));
        let known = |account: &Account| {
            self.kept.heirs.contains_key(account)
                || self.before.is_some() && self.kept.chain.0.iter().any(|will| will.account == *account)
        };
        match found {
            Some((host, Told { term, writes: true }))
                if known(&host.0) && (term > self.kept.term || self.before.is_some()) =>
            {
                if let Some(link) = session.next_link() {
                    let heir = Heir {
                        account: host.0,
                        door: Door::of(link),
                    };
                    says.tell.write(Tell::all(say(SuccessionFromHost::Over(heir))));
                }
                says.news.write(News::Elsewhere);
                self.goes = true;
                if walks {
                    session.go_next();
                } else {
                    says.leave.write(LeaveSession::default());
                }
            }
            Some((_, Told { writes: true, .. })) => session.drop_next(),
            _ => {}
        }
        let given = self.giving.as_ref().map(|giving| giving.heir.clone());
        let links: Vec<Link> = match (&self.before, session.link()) {
            (_, Some(own)) if given.is_some() => {
                let heirs = given.iter();
                heirs.filter_map(|heir| heir.door.link(&own.secret)).collect()
            }
            (Some(before), _) => vec![before.clone()],
            (None, Some(own)) => {
                let heirs = self.kept.heirs.values();
                heirs.filter_map(|heir| heir.door.link(&own.secret)).collect()
            }
            (None, None) => Vec::new(),
        };
        let due = (now.as_millis() / TRY_EACH.as_millis()) as usize;
        if let Some(link) = links.get(due % links.len().max(1))
            && session.next_link() != Some(link)
            && session.next().is_none()
        {
            let dial = (network.0)(link);
            session.try_next(profile, link.clone(), dial);
        }
    }
}
