using System.Runtime.InteropServices;
using Millrace.Common.Wire;
using Millrace.Protocol.Worker.V1;

namespace Millrace.Worker.Stream;

/// <summary>Bytes that were taken and not yet told to the coordinator, of each subscription by itself: blocks of an
/// earlier one may still be on their way when a task subscribes anew. Used by several threads.</summary>
internal sealed class CreditLedger
{
    private readonly Lock _lock = new();
    private readonly Dictionary<Account, uint> _accounts = [];
    private long _total;

    /// <summary>Returns the total that waits to be told. Blocks without events are told of, too: to the coordinator any
    /// word on this stream is a sign of life, and heartbeats may be held up behind a slow link.</summary>
    public long Add(in RawBlock block)
    {
        var account = new Account(block.TaskId, block.Epoch, block.Subscription);
        lock (_lock)
        {
            CollectionsMarshal.GetValueRefOrAddDefault(_accounts, account, out _) += (uint)block.Entries.Length;
            _total += block.Entries.Length;
            return _total;
        }
    }

    /// <summary>Null: there is nothing to tell.</summary>
    public Credit? Take()
    {
        lock (_lock)
        {
            _total = 0;
            if (_accounts.Count == 0)
            {
                return null;
            }

            var credit = new Credit();
            foreach ((Account of, uint bytes) in _accounts)
            {
                credit.Tasks.Add(new TaskCredit
                {
                    TaskId = of.Task,
                    Epoch = of.Epoch,
                    Subscription = of.Subscription,
                    Bytes = bytes,
                });
            }

            _accounts.Clear();
            return credit;
        }
    }

    private readonly record struct Account(ulong Task, ulong Epoch, ulong Subscription);
}
