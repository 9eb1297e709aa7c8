namespace Millrace.Cli.Dev;

/// <summary>Hears what becomes of the children.</summary>
internal interface IDevNotes
{
    void ChildStarted(KeptChild child);

    /// <param name="startsAgainIn">After so long it is started again.</param>
    void ChildDied(KeptChild child, TimeSpan startsAgainIn);

    /// <summary>Whether a child that died is to be started again. Not while all start for the first time: then its
    /// reason is the user's to mend.</summary>
    bool StartsAgain { get; }
}
