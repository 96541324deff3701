# The connection report: what the network did.

report-title = Connection
report-back = Back
report-copy = Copy report
report-copied = Copied
report-guests = Guests, by the number of their seat
report-tried = Ways that were tried
report-side = This side
report-host = host
report-guest = guest
report-path = Path
report-path-unknown = not known yet
report-path-direct = direct, peer to peer
report-path-relayed = through a relay (TURN)
report-path-memory = inside this program
report-pair = Chosen pair
report-pair-words = { $ours } here, { $theirs } there
report-sent = Sent
report-received = Received
report-bytes-in-messages =
    { $messages ->
        [one] { $bytes } in 1 message
        *[other] { $bytes } in { $messages } messages
    }
report-round-trip = Round trip
report-not-measured = not measured yet
report-ms = { $ms } ms
report-loss = Loss, last 10 s
report-late-lost = Late / lost packets
report-late-lost-words = { $late } / { $lost } of { $all }
report-playout = Playout delay
report-avatar-update = Avatar update
report-avatar-most = { $mean } B mean, { $most } B most
report-avatar-mean = { $mean } B mean
report-rate = Rate out / in
report-joins = Joins / resumes / refused
report-misbehaved = Misbehaved
report-streams = Streams out / in
report-messages = Messages out / in
report-files = Files out
report-guest-line = { $seat }: { $path }, { $ping }, loss { $loss } %, { $sent } out, { $received } in
