using Millrace.Common.Model;
using Millrace.Common.Wire;

namespace Millrace.Worker.Run;

/// <summary>Where blocks come from. Safe to call from any loop; returns at once.</summary>
internal interface IBlockSource
{
    /// <summary>Asks for a task's blocks. Returns what they will name. Without a stream: none is open, and the worker's
    /// machine will be told when one is.</summary>
    BlockSubscription Subscribe(TaskId task, Epoch epoch, ulong position, ulong nextOffset);

    void Unsubscribe(TaskId task, Epoch epoch);

    /// <summary>A block is used up, as many bytes more may come for its subscription. Ignored when the stream is not
    /// open any more.</summary>
    void Return(long stream, in RawBlock block);
}
