//! The wires: five namespaces, two NATs, one TURN server; all gone when dropped.

use core::time::Duration;
use holm_net::transport::signal::IceServers;
use std::process::{Child, Command, Stdio};
use std::time::Instant;

/// What stands between a peer and the rest of the world.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Nat {
    /// Nothing: a public address.
    Open,
    /// One mapping for each socket; whoever knows it may use it.
    FullCone,
    /// One mapping for each socket; only those written to may answer.
    PortRestricted,
    /// A new mapping, at a random port, for each destination.
    Symmetric,
    /// As `PortRestricted`, with UDP thrown away.
    Blocked,
}

const SECRET: &str = "a shared secret for tests";
const TURN: &str = "203.0.113.10";

/// Whether this machine can run the matrix at all.
pub fn possible() -> Result<(), String> {
    if !cfg!(target_os = "linux") {
        return Err("this is not Linux".to_owned());
    }
    for tool in [["ip", "-V"], ["nft", "--version"], ["turnserver", "--version"]] {
        let found = Command::new(tool[0]).arg(tool[1]).output().is_ok();
        if !found {
            return Err(format!("{} is not installed", tool[0]));
        }
    }
    let probe = format!("holm-p-{}", std::process::id());
    sh(&format!(
        "ip netns add {probe} && ip netns exec {probe} nft list ruleset; r=$?; ip netns del {probe}; exit $r"
    ))
    .map_err(|error| format!("no namespaces or no nft for this user: {error}"))
}

fn sh(script: &str) -> Result<(), String> {
    let output = Command::new("sh")
        .args(["-ec", script])
        .stdin(Stdio::null())
        .output()
        .map_err(|error| error.to_string())?;
    if output.status.success() {
        Ok(())
    } else {
        Err(format!("{script}: {}", String::from_utf8_lossy(&output.stderr)))
    }
}

pub struct Lab {
    names: Names,
    turn: Option<Child>,
}

struct Names(String);

impl Names {
    fn of(&self, part: &str) -> String {
        format!("{}{part}", self.0)
    }
}

impl Drop for Lab {
    fn drop(&mut self) {
        if let Some(turn) = &mut self.turn {
            let _ = turn.kill();
            let _ = turn.wait();
        }
        for part in ["w", "g1", "g2", "p1", "p2"] {
            let _ = sh(&format!("ip netns del {}", self.names.of(part)));
        }
    }
}

impl Lab {
    pub fn build(host: Nat, guest: Nat) -> Result<Self, String> {
        let names = Names(format!("holm{}", std::process::id()));
        let mut lab = Self { names, turn: None };
        let name = |part: &str| lab.names.of(part);
        let wan = name("w");
        // Like everybody's, the server's default route leads somewhere: peers ask it to relay to private addresses
        // too, and coturn 4.6 stops serving a session for seconds when a send fails at once.
        sh(&format!(
            "ip netns add {wan}\n\
             ip -n {wan} link set lo up\n\
             ip -n {wan} link add br0 type bridge\n\
             ip -n {wan} addr add {TURN}/24 dev br0\n\
             ip -n {wan} link set br0 up\n\
             ip -n {wan} route add default via 203.0.113.1\n\
             ip -n {wan} neigh add 203.0.113.1 lladdr 02:00:00:00:00:01 dev br0 nud permanent"
        ))?;
        for (side, nat) in [(1, host), (2, guest)] {
            let (peer, gate) = (name(&format!("p{side}")), name(&format!("g{side}")));
            let public = format!("203.0.113.{}", 100 + side);
            sh(&format!(
                "ip netns add {peer}\nip netns add {gate}\n\
                 ip netns exec {peer} sysctl -qw net.ipv6.conf.all.disable_ipv6=1 net.ipv6.conf.default.disable_ipv6=1 || true\n\
                 ip -n {peer} link set lo up\nip -n {gate} link set lo up"
            ))?;
            if nat == Nat::Open {
                sh(&format!(
                    "ip link add e{side} netns {peer} type veth peer name v{side} netns {wan}\n\
                     ip -n {wan} link set v{side} master br0 up\n\
                     ip -n {peer} addr add {public}/24 dev e{side}\n\
                     ip -n {peer} link set e{side} up\n\
                     ip -n {peer} route add default dev e{side}"
                ))?;
                continue;
            }
            sh(&format!(
                "ip link add o{side} netns {gate} type veth peer name v{side} netns {wan}\n\
                 ip link add i{side} netns {gate} type veth peer name e{side} netns {peer}\n\
                 ip -n {wan} link set v{side} master br0 up\n\
                 ip -n {gate} addr add {public}/24 dev o{side}\n\
                 ip -n {gate} link set o{side} up\n\
                 ip -n {gate} addr add 10.0.{side}.1/24 dev i{side}\n\
                 ip -n {gate} link set i{side} up\n\
                 ip -n {peer} addr add 10.0.{side}.2/24 dev e{side}\n\
                 ip -n {peer} link set e{side} up\n\
                 ip -n {peer} route add default via 10.0.{side}.1\n\
                 ip netns exec {gate} sysctl -qw net.ipv4.ip_forward=1"
            ))?;
            let rules = rules(nat, side);
            sh(&format!("ip netns exec {gate} nft -f - <<'END'\n{rules}\nEND"))?;
        }
        lab.turn = Some(lab.start_turn()?);
        Ok(lab)
    }

    /// A command to run `program` behind the NAT of the host (1) or guest (2).
    pub fn inside(&self, side: u8, program: &std::path::Path) -> Command {
        let mut command = Command::new("ip");
        command
            .args(["netns", "exec", &self.names.of(&format!("p{side}"))])
            .arg(program);
        command
    }

    pub fn stun(&self) -> IceServers {
        IceServers {
            urls: vec![format!("stun:{TURN}:3478")],
            ..IceServers::default()
        }
    }

    /// With credentials that coturn's `use-auth-secret` believes for ten minutes.
    pub fn stun_and_turn(&self) -> IceServers {
        let urls = [format!("stun:{TURN}:3478"), format!("turn:{TURN}:3478")];
        let now = std::time::SystemTime::now()
            .duration_since(std::time::UNIX_EPOCH)
            .unwrap();
        holm_rendezvous::turn::mint(&urls, SECRET, Duration::from_secs(600), "guest", now)
    }

    fn start_turn(&self) -> Result<Child, String> {
        let mut turn = Command::new("ip")
            .args([
                "netns",
                "exec",
                &self.names.of("w"),
                "turnserver",
                "-n",
                "--use-auth-secret",
            ])
            .arg(format!("--static-auth-secret={SECRET}"))
            .args([
                "--realm=holm.test",
                "--no-cli",
                "--no-tls",
                "--no-dtls",
                "--no-tcp",
            ])
            .args([
                "--listening-ip",
                TURN,
                "--relay-ip",
                TURN,
                "--log-file=stdout",
                "--pidfile=/dev/null",
            ])
            .stdin(Stdio::null())
            .stdout(Stdio::null())
            .stderr(Stdio::null())
            .spawn()
            .map_err(|error| format!("turnserver: {error}"))?;
        let listening = format!(
            "ip netns exec {} ss -Hlun | grep -q '{TURN}:3478'",
            self.names.of("w")
        );
        let deadline = Instant::now() + Duration::from_secs(10);
        while sh(&listening).is_err() {
            if Instant::now() > deadline || turn.try_wait().is_ok_and(|exit| exit.is_some()) {
                let _ = turn.kill();
                return Err("turnserver does not listen".to_owned());
            }
            std::thread::park_timeout(Duration::from_millis(50));
        }
        Ok(turn)
    }
}

/// What nft is told about one gate.
fn rules(nat: Nat, side: u8) -> String {
    // A gate that lets unasked packets in as far as its own sockets would remember them, and then could not
    // give the same port to the peer behind it: real boxes drop them, and so does this.
    let closed = format!(
        "chain input {{ type filter hook input priority 0; iifname \"o{side}\" meta l4proto udp drop; }}\n\
         chain forward {{ type filter hook forward priority 0;\n\
           iifname \"o{side}\" ct state new drop; }}\n"
    );
    let masquerade = |how: &str| {
        format!(
            "chain post {{ type nat hook postrouting priority 100; oifname \"o{side}\" masquerade {how}; }}\n"
        )
    };
    let body = match nat {
        Nat::Open => String::new(),
        Nat::FullCone => {
            masquerade("")
                + &format!(
                    "chain pre {{ type nat hook prerouting priority -100;\n\
                       iifname \"o{side}\" meta l4proto udp dnat to 10.0.{side}.2; }}\n"
                )
        }
        Nat::PortRestricted => masquerade("") + &closed,
        Nat::Symmetric => masquerade("fully-random") + &closed,
        Nat::Blocked => {
            masquerade("") + "chain forward { type filter hook forward priority 0; meta l4proto udp drop; }\n"
        }
    };
    format!("table ip holm {{\n{body}}}\n")
}
