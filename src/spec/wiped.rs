//! Servers that lose their disks and return under their old numbers, which Raft forbids (thesis 3.8).

use super::clock::Clock;
use super::prelude::*;

/// `i` stops and loses its disk. Whatever it does from then on, it *must* do as a new server does.
pub(super) fn wipe(state: &mut State, i: NodeId, net: &mut impl Network) -> Guarded {
    let settings = state.settings;
    guard!(
        settings.wiped_disks,
        Wipe,
        "the setup says that disks are lost",
        "thesis 3.8: a server that loses persistent state cannot safely rejoin with its prior identity"
    );
    net.took(ActionName::Wipe, i);
    let server = state.server_mut(i);
    let clock = Clock { timeout: server.clock.timeout, ..Clock::default() };
    *server = Server { clock, changed_from: 1, ..Server::without_data(&settings, server.next_options) };
    Ok(())
}
