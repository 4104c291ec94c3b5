//! The table of forged messages: messages that no correct peer sends, which an event lets arrive.

macro_rules! forged {
    ($($variant:ident $word:literal $about:literal;)*) => {
        /// A message that no correct peer sends.
        #[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Debug)]
        pub enum Forged { $(#[doc = $about] $variant,)* }

        /// Every forged message.
        pub const FORGED: &[ForgedRow] = &[$(ForgedRow {
            forged: Forged::$variant, word: $word, about: $about,
        },)*];
    };
}

/// A row of [`FORGED`].
#[derive(Clone, Copy, Debug)]
pub struct ForgedRow {
    /// The message.
    pub forged: Forged,
    /// Its word in text.
    pub word: &'static str,
    /// A noun phrase for it.
    pub about: &'static str,
}

forged! {
    Hup "hup" "the local message `MsgHup`, which starts an election";
    Beat "beat" "the local message `MsgBeat`, which sends heartbeats";
    CheckQuorum "check-quorum" "the local message `MsgCheckQuorum`, which deposes a leader without a quorum";
    Unreachable "unreachable" "the local message `MsgUnreachable`, which reports a lost message";
    SnapStatus "snap-status" "the local message `MsgSnapStatus`, which reports a snapshot";
}

impl Forged {
    /// The message's row.
    pub fn row(self) -> &'static ForgedRow {
        &FORGED[self as usize]
    }
}
