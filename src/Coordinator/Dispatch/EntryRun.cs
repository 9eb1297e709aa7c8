using Millrace.Common.Wire;

namespace Millrace.Coordinator.Dispatch;

/// <summary>Cuts a block between its entries.</summary>
internal static class EntryRun
{
    /// <summary>Bytes that the first <paramref name="count"/> entries take.</summary>
    public static int Skip(ReadOnlySpan<byte> entries, ulong count)
    {
        int at = 0;
        for (; count > 0; count--)
        {
            at += LengthAt(entries[at..]);
        }

        return at;
    }

    /// <summary>Bytes of as many entries as fit into both limits, but of one at least.</summary>
    public static int Take(ReadOnlySpan<byte> entries, int maxBytes, ulong maxCount, out uint count)
    {
        int at = 0;
        count = 0;
        while (at < entries.Length && count < maxCount)
        {
            int length = LengthAt(entries[at..]);
            if (count > 0 && at + length > maxBytes)
            {
                break;
            }

            at += length;
            count++;
        }

        return at;
    }

    private static int LengthAt(ReadOnlySpan<byte> entries)
    {
        int length = EntryScanner.LengthAt(entries);
        return length > 0 ? length : throw new InvalidDataException("A stored block does not consist of entries.");
    }
}
