using System.Collections.Concurrent;
using Microsoft.Extensions.Logging;
using Millrace.Common.Model;
using Millrace.Common.Wire;
using Millrace.Worker.Core.Tasks;
using Millrace.Worker.Logs;

namespace Millrace.Worker.Run;

/// <summary>A fixed number of run loops with a thread each, and which task is on which.</summary>
internal sealed class RunLoops : IDisposable
{
    /// <summary>A loop is told a few things for each of its tasks and answers at once; a queue as long as this means
    /// that it does not run any more.</summary>
    private const int MaxCommands = 65_536;

    private const int MaxDeliveries = 4_096;

    private readonly RunLoop[] _loops;
    private readonly int[] _taskCounts;
    private readonly ConcurrentDictionary<ulong, int> _loopOfTask = new();
    private readonly List<Thread> _threads = [];

    public RunLoops(int count, RunPorts ports, ILogger logger)
    {
        _taskCounts = new int[count];
        _loops = new RunLoop[count];
        for (int i = 0; i < count; i++)
        {
            _loops[i] = new RunLoop(ports, new RunMailbox(MaxCommands, MaxDeliveries), logger);
        }
    }

    public IReadOnlyList<RunLoop> All => _loops;

    /// <summary>No delivery would have to wait, whichever loops it is for.</summary>
    public bool HaveRoom => Array.TrueForAll(_loops, loop => loop.Mailbox.HasRoom);

    /// <summary>How many tasks are on loops.</summary>
    public int TaskCount => _loopOfTask.Count;

    /// <param name="failed">Called on the thread whose loop has failed; its tasks are lost with it.</param>
    public void Start(Action<Exception> failed, ILogger logger)
    {
        for (int i = 0; i < _loops.Length; i++)
        {
            RunLoop loop = _loops[i];
            var thread = new Thread(() => RunGuarded(loop, failed, logger)) { Name = $"run-{i}", IsBackground = true };
            _threads.Add(thread);
            thread.Start();
        }
    }

    /// <summary>Gives a task to the loop that has fewest. Called by one loop only, like <see cref="Remove"/>.</summary>
    public void Place(TaskGrant grant, TimeSpan grantedAt)
    {
        if (!_loopOfTask.TryGetValue(grant.Task.Value, out int loop))
        {
            loop = Array.IndexOf(_taskCounts, _taskCounts.Min());
            _taskCounts[loop]++;
            _loopOfTask[grant.Task.Value] = loop;
        }

        PostTo(_loops[loop], new PlaceTask(grant, grantedAt));
    }

    public void Remove(TaskId task, Epoch epoch)
    {
        if (_loopOfTask.TryRemove(task.Value, out int loop))
        {
            _taskCounts[loop]--;
            PostTo(_loops[loop], new RemoveTask(task, epoch));
        }
    }

    /// <summary>Tells the loop of a task. Nothing happens when it is on none.</summary>
    public void Post(TaskId task, RunCommand command)
    {
        if (_loopOfTask.TryGetValue(task.Value, out int loop))
        {
            PostTo(_loops[loop], command);
        }
    }

    public void PostToAll(RunCommand command)
    {
        foreach (RunLoop loop in _loops)
        {
            PostTo(loop, command);
        }
    }

    /// <summary>Hands a question to the loop of its task. False: no loop has the task, or its loop is
    /// overwhelmed.</summary>
    public bool TryAsk(AskTask ask) =>
        _loopOfTask.TryGetValue(ask.Task.Value, out int loop) && _loops[loop].Mailbox.TryPost(ask);

    /// <summary>Hands a message to every loop that has one of its tasks. Takes over the caller's reference.</summary>
    public async ValueTask DeliverAsync(BlockDelivery delivery, CancellationToken cancellation)
    {
        try
        {
            for (int loop = 0; loop < _loops.Length; loop++)
            {
                if (HasBlockFor(delivery.Response, loop))
                {
                    delivery.Response.AddReference();
                    await _loops[loop].Mailbox.DeliverAsync(delivery, cancellation).ConfigureAwait(false);
                }
            }
        }
        finally
        {
            delivery.Response.Release();
        }
    }

    /// <summary>Ends the threads; what waits is not done any more.</summary>
    public void Dispose()
    {
        foreach (RunLoop loop in _loops)
        {
            loop.Mailbox.Close();
        }

        _threads.ForEach(thread => thread.Join());
    }

    private static void RunGuarded(RunLoop loop, Action<Exception> failed, ILogger logger)
    {
        try
        {
            loop.Run();
        }
        catch (Exception error)
        {
            logger.LoopFailed(error);
            failed(error);
        }
    }

    private static void PostTo(RunLoop loop, RunCommand command)
    {
        if (!loop.Mailbox.TryPost(command) && !loop.Mailbox.IsClosed)
        {
            throw new InvalidOperationException("A run loop does not take commands any more.");
        }
    }

    private bool HasBlockFor(RawFetchResponse response, int loop)
    {
        if (_loops.Length == 1)
        {
            return true;
        }

        for (int i = 0; i < response.Blocks.Count; i++)
        {
            if (_loopOfTask.TryGetValue(response.Blocks[i].TaskId, out int owner) && owner == loop)
            {
                return true;
            }
        }

        return false;
    }
}
