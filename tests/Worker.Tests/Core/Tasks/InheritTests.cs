using System.Text;
using Millrace.Common.Keys;
using Millrace.Common.Model;
using Millrace.Worker.Core.Operators;
using Millrace.Worker.Core.State;
using Millrace.Worker.Core.Tasks;

namespace Millrace.Worker.Tests.Core.Tasks;

/// <summary>What a task takes over of the tasks before it.</summary>
public sealed class InheritTests
{
    private const int Made = 3;

    [Test]
    public void Inherit_OfShares_GivesEachChildItsOwnKeysAndTheMergedOneAll()
    {
        (string, KeyShare?)[] shares =
        [
            ("0 1 2 3", new KeyShare(EndKey: B("k4"))),
            ("4 5 6 7", new KeyShare(FirstKey: B("k4"))),
            ("2 6", new KeyShare(Only: [B("k2"), B("k6")])),
            ("0 1 3 4 5 7", new KeyShare(Except: [B("k2"), B("k6")])),
            ("0 1 2 3 4 5 6 7", null),
        ];
        using SnapshotBytes parent = Encode(1, 0, 8);
        foreach ((string keys, KeyShare? share) in shares)
        {
            TaskMachine child = Child(5);
            child.Inherit(SnapshotCodec.Open(parent), new StateOrigin("", new KeyGroupRange(1, 2), share));
            Assert.That(KeysOf(child), Is.EqualTo(keys));
        }
    }

    [Test]
    public void Inherit_OfTwoParents_JoinsThem()
    {
        using SnapshotBytes low = Encode(0, 0, 3);
        using SnapshotBytes high = Encode(1, 3, 8);
        TaskMachine child = Child(4);
        child.Inherit(SnapshotCodec.Open(low), new StateOrigin("", new KeyGroupRange(0, 1)));
        child.Inherit(SnapshotCodec.Open(high), new StateOrigin("", new KeyGroupRange(1, 2)));
        Assert.That(KeysOf(child), Is.EqualTo("0 1 2 3 4 5 6 7"));
    }

    [Test]
    public void Inherit_OfWhatTheSnapshotDoesNotHold_IsDamage()
    {
        using SnapshotBytes parent = Encode(1, 0, 8);
        Assert.That(
            () => Child(5).Inherit(SnapshotCodec.Open(parent), new StateOrigin("", new KeyGroupRange(2, 3))),
            Throws.TypeOf<SnapshotDamagedException>());
    }

    private static byte[] B(string text) => Encoding.ASCII.GetBytes(text);

    private static OperatorContext ContextOf(int partition) =>
        new(new KeyGroupRange(partition, partition + 1), Made, KeyFunction.Partition);

    private static TaskMachine Child(int partition) => new(
        new TaskGrant(
            new TaskId(9),
            new Epoch(1),
            "count",
            new KeyGroupRange(partition, partition + 1),
            Made,
            new RestorePoint("", 4096, 0, 0))
        {
            KeyFunction = KeyFunction.Partition,
        },
        new CountOperator(ContextOf(partition)),
        null);

    private static SnapshotBytes Encode(int partition, int from, int to)
    {
        var table = new CountTable();
        for (int i = from; i < to; i++)
        {
            table.Add(XxHash64.Hash(B($"k{i}")), B($"k{i}"), (ulong)i + 1);
        }

        OperatorContext context = ContextOf(partition);
        using FrozenCounts frozen = table.Freeze(context);
        return SnapshotCodec.Encode(new SnapshotHeader("count", context.KeyGroups, Made, 4096, 17, 99), frozen);
    }

    private static string KeysOf(TaskMachine task) => string.Join(
        ' ', task.Ask(new ScanKeys(default, default, 100)).Entries.Select(e => Encoding.ASCII.GetString(e.Key)[1..]));
}
