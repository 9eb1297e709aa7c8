using Millrace.Common.Model;
using Millrace.Protocol.Worker.V1;

namespace Millrace.Worker.Stream;

/// <summary>Bytes that were taken and not yet told to the coordinator. Used by several threads.</summary>
internal sealed class CreditLedger
{
    private readonly Lock _lock = new();
    private readonly Dictionary<ulong, (ulong Epoch, uint Bytes)> _byTask = [];
    private long _total;

    /// <summary>Returns the total that waits to be told.</summary>
    public long Add(TaskId task, Epoch epoch, int bytes)
    {
        lock (_lock)
        {
            _byTask.TryGetValue(task.Value, out (ulong Epoch, uint Bytes) entry);
            _byTask[task.Value] = (epoch.Value, (entry.Epoch == epoch.Value ? entry.Bytes : 0) + (uint)bytes);
            _total += bytes;
            return _total;
        }
    }

    /// <summary>A new subscription of a task starts with fresh credit.</summary>
    public void Forget(TaskId task)
    {
        lock (_lock)
        {
            _byTask.Remove(task.Value);
        }
    }

    /// <summary>Null: there is nothing to tell.</summary>
    public Credit? Take()
    {
        lock (_lock)
        {
            _total = 0;
            if (_byTask.Count == 0)
            {
                return null;
            }

            var credit = new Credit();
            foreach ((ulong task, (ulong epoch, uint bytes)) in _byTask)
            {
                credit.Tasks.Add(new TaskCredit { TaskId = task, Epoch = epoch, Bytes = bytes });
            }

            _byTask.Clear();
            return credit;
        }
    }
}
