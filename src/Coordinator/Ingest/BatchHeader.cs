using Millrace.Common.Wire;

namespace Millrace.Coordinator.Ingest;

/// <summary>
/// A batch message's own fields and how many events it has, found without looking into the events. Fields may come in
/// any order and the last one of a kind counts, so the whole message is walked before any event is routed.
/// </summary>
internal ref struct BatchHeader
{
    private const uint ProducerTag = (1 << 3) | WireReader.Bytes;
    private const uint EpochTag = (2 << 3) | WireReader.Varint;
    private const uint TopicTag = (3 << 3) | WireReader.Bytes;
    private const uint SequenceTag = (4 << 3) | WireReader.Varint;
    private const uint EventTag = (15 << 3) | WireReader.Bytes;

    public ReadOnlySpan<byte> ProducerId;
    public ReadOnlySpan<byte> Topic;
    public ulong ProducerEpoch;
    public ulong FirstSequence;
    public int EventCount;

    /// <summary>False: the message is malformed.</summary>
    public static bool TryRead(ReadOnlySpan<byte> message, out BatchHeader header)
    {
        header = default;
        var reader = new WireReader(message);
        while (!reader.AtEnd)
        {
            if (!reader.TryReadTag(out uint tag))
            {
                return false;
            }

            bool read;
            switch (tag)
            {
                case EventTag:
                    header.EventCount++;
                    read = reader.TrySkip(tag);
                    break;
                case ProducerTag:
                    read = reader.TryReadBytes(out header.ProducerId);
                    break;
                case EpochTag:
                    read = reader.TryReadVarint(out header.ProducerEpoch);
                    break;
                case TopicTag:
                    read = reader.TryReadBytes(out header.Topic);
                    break;
                case SequenceTag:
                    read = reader.TryReadVarint(out header.FirstSequence);
                    break;
                default:
                    read = reader.TrySkip(tag);
                    break;
            }

            if (!read)
            {
                return false;
            }
        }

        return true;
    }
}
