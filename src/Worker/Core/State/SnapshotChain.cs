using Millrace.Common.Model;
using Millrace.Worker.Core.Tasks;

namespace Millrace.Worker.Core.State;

/// <summary>
/// Snapshots that hold only what has changed since the one before. A chain begins with a whole one, and begins anew
/// when its links would weigh more than that, or are too many. Its links are all of one task and epoch: whoever
/// restores a task begins with a whole one.
/// </summary>
internal static class SnapshotChain
{
    /// <summary>Encodes a capture on top of the one that it came after, or whole where that is better. The state
    /// belongs to the task again: what comes next may be encoded on top of it.</summary>
    /// <param name="name">Out: the name that the content gets.</param>
    /// <returns>The caller disposes it.</returns>
    public static SnapshotBytes Encode(TaskCapture capture, out SnapshotName name)
    {
        SnapshotBytes? content = capture.Since is { } since ? TryLink(capture, since) : null;
        if (content is null)
        {
            content = SnapshotCodec.Encode(capture.Header, capture.State);
            name = capture.Name(content.Hash());
            capture.Stored = new SnapshotLink(name, capture.State, content.Length, 0, 0);
            return content;
        }

        name = capture.Stored!.Name;
        return content;
    }

    /// <summary>Null: the links would weigh more than the whole.</summary>
    private static SnapshotBytes? TryLink(TaskCapture capture, SnapshotLink since)
    {
        SnapshotHeader header = capture.Header with { Base = $"{since.Name}" };
        SnapshotBytes content = SnapshotCodec.Encode(header, capture.State, since.State);
        long linked = since.LinkedBytes + content.Length;
        if (linked > since.WholeBytes)
        {
            content.Dispose();
            return null;
        }

        SnapshotName name = capture.Name(content.Hash());
        capture.Stored = new SnapshotLink(name, capture.State, since.WholeBytes, linked, since.Links + 1);
        return content;
    }
}

/// <summary>A snapshot of a task that the next one may be encoded on top of.</summary>
/// <param name="State">As of that snapshot.</param>
/// <param name="WholeBytes">Size of the whole snapshot that its chain begins with.</param>
/// <param name="LinkedBytes">Size of all that came after that one, itself included.</param>
/// <param name="Links">How many those are.</param>
internal sealed record SnapshotLink(
    SnapshotName Name, IFrozenState State, long WholeBytes, long LinkedBytes, int Links);
