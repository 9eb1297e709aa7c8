namespace Millrace.Common.Model;

/// <summary>How much of an event that cannot be applied is told and kept; the same on both sides of the wire.</summary>
public static class BadEventBounds
{
    /// <summary>The most bytes of an entry that can be a dead letter.</summary>
    public const int MaxEntryBytes = 64 * 1024;

    /// <summary>In characters.</summary>
    private const int MaxReasonLength = 200;

    /// <summary>A reason, cut where it is too long.</summary>
    public static string Reason(string text) => text.Length <= MaxReasonLength ? text : text[..MaxReasonLength];
}
