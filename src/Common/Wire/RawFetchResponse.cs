using System.Buffers;
using Grpc.Core;

namespace Millrace.Common.Wire;

/// <summary>
/// Blocks of one or more tasks; on the wire a FetchResponse. A received one holds its payload in one pooled buffer,
/// which goes back to the pool with the last reference: whoever hands a block on takes a reference for it and the
/// receiver releases it. A sent one borrows its blocks' memory until the write has completed.
/// </summary>
public sealed class RawFetchResponse
{
    private const int BlockField = 1;

    private readonly List<RawBlock> _blocks = [];
    private byte[] _payload = [];
    private int _references = 1;

    public static Marshaller<RawFetchResponse> Marshaller { get; } =
        Marshallers.Create<RawFetchResponse>(Serialize, Deserialize);

    /// <summary>In the order in which they are to be applied; per task in journal order.</summary>
    public IReadOnlyList<RawBlock> Blocks => _blocks;

    /// <summary>The highest journal position that a block names; 0: there is none.</summary>
    public ulong LastPosition
    {
        get
        {
            ulong last = 0;
            foreach (RawBlock block in _blocks)
            {
                last = Math.Max(last, block.Position);
            }

            return last;
        }
    }

    public void Add(in RawBlock block) => _blocks.Add(block);

    /// <summary>Forgets the blocks, so that the object can be filled and sent again.</summary>
    public void Clear() => _blocks.Clear();

    public void AddReference() => Interlocked.Increment(ref _references);

    /// <summary>After the last one the blocks' entries must not be touched any more.</summary>
    public void Release()
    {
        if (Interlocked.Decrement(ref _references) == 0 && _payload.Length > 0)
        {
            ArrayPool<byte>.Shared.Return(_payload);
            _payload = [];
        }
    }

    private static void Serialize(RawFetchResponse response, SerializationContext context)
    {
        int length = 0;
        foreach (RawBlock block in response._blocks)
        {
            length += WireWriter.BytesFieldLength(BlockField, block.HeaderLength() + block.Entries.Length);
        }

        context.SetPayloadLength(length);
        IBufferWriter<byte> output = context.GetBufferWriter();
        foreach (RawBlock block in response._blocks)
        {
            block.WriteTo(output, BlockField);
        }

        context.Complete();
    }

    /// <exception cref="InvalidDataException">The message is malformed.</exception>
    private static RawFetchResponse Deserialize(DeserializationContext context)
    {
        var response = new RawFetchResponse();
        int length = context.PayloadLength;
        response._payload = length == 0 ? [] : ArrayPool<byte>.Shared.Rent(length);
        context.PayloadAsReadOnlySequence().CopyTo(response._payload);
        if (!response.TryReadBlocks(response._payload.AsMemory(0, length)))
        {
            response.Release();
            throw new InvalidDataException("The message of blocks is malformed.");
        }

        return response;
    }

    private bool TryReadBlocks(ReadOnlyMemory<byte> payload)
    {
        var reader = new WireReader(payload.Span);
        while (!reader.AtEnd)
        {
            if (!reader.TryReadTag(out uint tag))
            {
                return false;
            }

            if (tag != WireWriter.Tag(BlockField, WireReader.Bytes))
            {
                if (!reader.TrySkip(tag))
                {
                    return false;
                }

                continue;
            }

            if (!reader.TryReadBytes(out ReadOnlySpan<byte> bytes)
                || !RawBlock.TryRead(payload.Slice(reader.Position - bytes.Length, bytes.Length), out RawBlock block))
            {
                return false;
            }

            _blocks.Add(block);
        }

        return true;
    }
}
