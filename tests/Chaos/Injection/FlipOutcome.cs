namespace Millrace.Chaos.Injection;

/// <summary>What came of a flipped bit. A wrong value is none of these: the checkers name it.</summary>
internal enum FlipOutcome
{
    /// <summary>The coordinator does not start and says why.</summary>
    RefusedToStart,

    /// <summary>It runs, and refuses to read what is damaged.</summary>
    RefusedToRead,

    /// <summary>It runs and everything that it says is right.</summary>
    Harmless,
}
