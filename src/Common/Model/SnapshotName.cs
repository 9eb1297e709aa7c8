using System.Globalization;

namespace Millrace.Common.Model;

/// <summary>
/// What a snapshot is called: task, epoch, position and content together, so that a name is never used for two contents
/// and a stored one is never overwritten. Written "t7-e12-p4096-00c0ffee00c0ffee".
/// </summary>
/// <param name="Position">Journal position that the state includes.</param>
/// <param name="ContentHash">XXH64 (seed 0) of the content.</param>
public readonly record struct SnapshotName(TaskId Task, Epoch Epoch, ulong Position, ulong ContentHash)
{
    /// <summary>Reads only what <see cref="ToString"/> writes, so a name that parses is safe as a file name.</summary>
    public static bool TryParse(string text, out SnapshotName name)
    {
        name = default;
        string[] parts = text.Split('-');
        if (parts.Length != 4
            || !TryNumber(parts[0], 't', out ulong task)
            || !TryNumber(parts[1], 'e', out ulong epoch)
            || !TryNumber(parts[2], 'p', out ulong position)
            || !ulong.TryParse(
                parts[3], NumberStyles.AllowHexSpecifier, CultureInfo.InvariantCulture, out ulong hash))
        {
            return false;
        }

        name = new SnapshotName(new TaskId(task), new Epoch(epoch), position, hash);
        return name.ToString() == text;
    }

    public override string ToString() => string.Create(
        CultureInfo.InvariantCulture, $"t{Task.Value}-e{Epoch.Value}-p{Position}-{ContentHash:x16}");

    private static bool TryNumber(string text, char letter, out ulong value)
    {
        value = 0;
        return text.Length > 1
            && text[0] == letter
            && ulong.TryParse(text.AsSpan(1), NumberStyles.None, CultureInfo.InvariantCulture, out value);
    }
}
