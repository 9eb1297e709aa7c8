using System.Buffers.Binary;
using Millrace.Client.Core;

namespace Millrace.Client.Tests.Core;

/// <summary>A batch as it left the machine: a copy, since the machine uses its memory again.</summary>
internal sealed record SentBatch(string Topic, ulong Epoch, ulong FirstSequence, int[] Ids)
{
    public static SentBatch Of(SendBatch send, ulong epoch)
    {
        ReadOnlySpan<byte> entries = send.Batch.Entries.Span;
        int size = entries.Length / send.Batch.Count;
        var ids = new int[send.Batch.Count];
        for (int i = 0; i < ids.Length; i++)
        {
            ids[i] = BinaryPrimitives.ReadInt32LittleEndian(entries[(i * size)..]);
        }

        return new SentBatch(send.Lane.Topic, epoch, send.Batch.FirstSequence, ids);
    }
}
