using Millrace.Common.Model;

namespace Millrace.Coordinator.Dispatch;

internal enum FeedAction
{
    Subscribe,
    Unsubscribe,
    Credit,
}

/// <summary>What a worker said on its data stream, on its way from the read loop to the send loop.</summary>
/// <param name="Subscription">The worker's number for it; not with Unsubscribe.</param>
/// <param name="Position">Subscribe only, as is the offset.</param>
/// <param name="CreditBytes">Bytes that may be sent: to begin with, or more.</param>
internal readonly record struct FeedCommand(
    FeedAction Action,
    TaskId Task,
    Epoch Epoch,
    ulong Subscription,
    ulong Position,
    ulong NextOffset,
    uint CreditBytes);
