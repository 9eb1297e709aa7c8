using Millrace.Common.Model;
using Millrace.Coordinator.Core.Topics;
using Millrace.Coordinator.Core;
using Millrace.Coordinator.Journal;
using Millrace.Protocol.Ingest.V1;

namespace Millrace.Coordinator.Dispatch;

/// <summary>How far one Read call has come, and what of a block it takes next.</summary>
internal sealed class ReadRun(ReadRequest request, int messageBytes)
{
    private readonly RawReadResponse _response = new() { PartitionIndex = request.PartitionIndex };
    private ulong _next = request.Offset;
    private ulong _left = request.MaxEvents == 0 ? ulong.MaxValue : request.MaxEvents;
    private ulong _frame = ulong.MaxValue;
    private int _at;

    /// <summary>As many events as were asked for have been taken.</summary>
    public bool IsDone => _left == 0;

    /// <summary>The last word of a sealed partition.</summary>
    /// <exception cref="RefusalException">Events before its end are no longer kept.</exception>
    public RawReadResponse AtEnd(PartitionEnd end)
    {
        if (_next < end.NextOffset)
        {
            throw new RefusalException(DispatchRefusals.OffsetTrimmed(
                request.Topic, request.PartitionIndex, _next, end.NextOffset));
        }

        _response.FirstOffset = _next;
        _response.Position = end.SealedAt;
        _response.Entries = default;
        _response.End = end;
        return _response;
    }

    /// <summary>Takes the next events of the block; false when it holds no more of them. The response is valid until
    /// the next call, and as long as the frame.</summary>
    /// <exception cref="RefusalException">Events before the block are no longer kept.</exception>
    public bool TryTake(SealedFrame frame, in PartitionBlock block, out RawReadResponse response)
    {
        response = _response;
        if (block.EndOffset <= _next || _left == 0)
        {
            return false;
        }

        if (block.FirstOffset > _next)
        {
            throw new RefusalException(DispatchRefusals.OffsetTrimmed(
                request.Topic, request.PartitionIndex, _next, block.FirstOffset));
        }

        ReadOnlyMemory<byte> bytes = frame.BlockBytes(block);
        if (_frame != frame.Position)
        {
            _frame = frame.Position;
            _at = EntryRun.Skip(bytes.Span, _next - block.FirstOffset);
        }

        uint count = (uint)(block.EndOffset - _next);
        int length = bytes.Length - _at;
        if (length > messageBytes || count > _left)
        {
            length = EntryRun.Take(bytes.Span[_at..], messageBytes, Math.Min(count, _left), out count);
        }

        _response.FirstOffset = _next;
        _response.Position = frame.End;
        _response.Entries = bytes.Slice(_at, length);
        _at += length;
        _next += count;
        _left -= count;
        return true;
    }
}
