using Millrace.Common.Model;
using Millrace.Worker.Core;
using Millrace.Worker.Core.Tasks;

namespace Millrace.Worker.Tests.Core;

/// <summary>Tells a worker's machine things at chosen moments and hands back what it wants done.</summary>
internal sealed class WorkerDriver
{
    private readonly WorkerMachine _machine = new(WorkerPolicy.Default);
    private TimeSpan _now = TimeSpan.FromSeconds(100);

    public IReadOnlyList<HeldPosition> Held => _machine.Held.Tasks;

    public ulong ReceivedPosition => _machine.Held.ReceivedPosition;

    public static TaskGrant Grant(ulong task, ulong epoch, RestorePoint? restore = null, bool confirmed = false) => new(
        new TaskId(task), new Epoch(epoch), "count", new KeyGroupRange(0, 16), 16, restore ?? RestorePoint.Beginning)
    {
        Confirmed = confirmed,
    };

    public static Checkpoint Checkpoint(ulong task, ulong epoch, ulong position = 4096) => new(
        new TaskId(task), new Epoch(epoch), new RestorePoint($"t{task}-e{epoch}-p{position}-00", position, 3, 9), []);

    public List<WorkerEffect> Tell(WorkerInput input)
    {
        var effects = new List<WorkerEffect>();
        _machine.Handle(input, new Now(_now, 0), effects);
        return effects;
    }

    /// <summary>Lets time pass and tells the machine so.</summary>
    public List<WorkerEffect> After(double seconds)
    {
        _now += TimeSpan.FromSeconds(seconds);
        return Tell(new Tick());
    }

    public void Connect(ulong session = 1) => Tell(new SessionOpened(session, TimeSpan.FromSeconds(2)));

    /// <summary>Connects and brings a task so far that it runs.</summary>
    public void Run(ulong task, ulong epoch)
    {
        Tell(new Assigned(Grant(task, epoch)));
        Tell(new Restored(new TaskId(task), new Epoch(epoch)));
    }

    /// <summary>Brings a running task's checkpoint so far that its commit is sent; returns the commit.</summary>
    public SendCommit Commit(ulong task, ulong epoch, ulong position = 4096)
    {
        After(2.5);
        return Tell(new SnapshotStored(Checkpoint(task, epoch, position))).OfType<SendCommit>().Single();
    }

    public List<WorkerEffect> Answer(SendCommit commit, string reason = "") => Tell(new CommitAnswered(
        commit.CommitId, commit.Checkpoint.Task, commit.Checkpoint.Epoch, reason.Length == 0, reason));
}
