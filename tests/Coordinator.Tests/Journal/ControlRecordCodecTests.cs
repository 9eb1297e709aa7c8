using System.Buffers;
using System.Reflection;
using System.Text;
using System.Text.Json;
using Millrace.Common.Keys;
using Millrace.Common.Model;
using Millrace.Coordinator.Core;
using Millrace.Coordinator.Core.DeadLetters;
using Millrace.Coordinator.Core.Incidents;
using Millrace.Coordinator.Core.Operations;
using Millrace.Coordinator.Core.Placement;
using Millrace.Coordinator.Core.Placement.Balancing;
using Millrace.Coordinator.Core.Placement.Planning;
using Millrace.Coordinator.Core.Topics.Partitioning;
using Millrace.Coordinator.Journal;

namespace Millrace.Coordinator.Tests.Journal;

[TestFixture]
internal sealed class ControlRecordCodecTests
{
    private static readonly ControlRecord[] _examples =
    [
        new EventJudged(
            new JobId(1),
            new TaskId(2),
            new Epoch(3),
            4,
            new DeadLetter(5, new JobId(1), new PartitionId(6), 4, "why", [1, 255], [0x7A, 0], 7),
            true,
            8),
        new EventJudged(new JobId(1), new TaskId(2), new Epoch(3), 4, null, false, 8),
        new TaskStopped(new JobId(1), new TaskId(2), new Epoch(3), 4, "why", true, 5),
        new BadEventRuleChanged(
            new JobId(1), "j", new BadEventRule(BadEventPolicy.Quarantine, true), new Request("r", 6), 7),
        new KeyReleased(new JobId(1), "j", [1, 255], [new ReleaseOffset(new TaskId(2), 3)], null, 4),
        new DeadLetterClosed(5, DeadLetterEnd.Retried, new Request("r", 6), 7),
        new IncidentRaised(EventLevel.Crit, "R", "s/1", "what", "to do", 2, 3, 4),
        new IncidentAcknowledged(1, "n", new Request("r", 6), 7),
        new IncidentResolved(1, "n", null, 7),
        new ClusterCreated("prod \"1\"", -5),
        new CoordinatorStarted(ulong.MaxValue, long.MaxValue),
        new EpochsSkipped(new Epoch(7)),
        new ProducerOpened("p", 1, ulong.MaxValue, true, 3),
        new ProducerExpired(1, 2),
        new TopicCreated(
            new TopicId(1), "t", 4096, [new PartitionId(1), new PartitionId(2)], 5, new Request("r", 6), 7),
        new TopicCreated(new TopicId(1), "t", 4096, [], 5, null, 7),
        new TopicCreated(
            new TopicId(1),
            "t",
            2,
            [],
            5,
            null,
            7,
            new PartitioningSpec(
                PartitioningKind.Key, Directory: new DirectorySpec(9, [new DeclaredKey([1, 255, 0], 1)]))),
        new KeysPlaced(new TopicId(1), [[1, 2], [255]], [new PartitionId(3), new PartitionId(4)], 5),
        new DirectoryClosed(new TopicId(1), 5),
        new RangesAdvanced(new TopicId(1), -5, 5),
        new JobDeployed(
            new JobId(1),
            "j",
            "count",
            "s",
            new TopicId(2),
            [new NewTask(new TaskId(3), new PartitionId(4), 5, new RestorePoint("", 6, 7, 8))],
            null,
            9),
        new StandbysChanged(new JobId(1), 2, new Request("r", 3), 4),
        new PartitionsReplaced(
            new TopicId(1),
            [new PartitionId(2)],
            [new NewPartition(new PartitionId(3), 4, new KeyGroupRange(5, 6))],
            new Request("r", 7),
            8),
        new PartitionsForgotten(new TopicId(1), [new PartitionId(2), new PartitionId(3)], 4),
        new TasksReplaced(
            new JobId(1),
            [new TaskId(2)],
            [
                new NewTask(
                    new TaskId(3),
                    new PartitionId(4),
                    5,
                    new RestorePoint("", 6, 7, 8),
                    [new StateOrigin("t2-e1-p9-0", new KeyGroupRange(1, 2))]),
            ],
            9),
        new TaskAssigned(new TaskId(1), new Epoch(2), "w", 3, AssignReason.WorkerLost, 4),
        new TaskCommitted(
            new TaskId(1),
            new Epoch(2),
            3,
            new RestorePoint("t1-e2-p3-0", 4, 5, 6),
            [new TopicSequence(new TopicId(7), 8)],
            9),
        new WorkerCordoned("w", "note", new Request("r", 6), 7),
        new WorkerUncordoned("w", null, 7),
        new DrainStarted(1, "w", 3, 2, true, "note", null, 7),
        new MoveStarted(1, new TaskId(2), "jobs/j/assignments/s-0", "w", true, "", null, 7),
        new TaskWarming(
            new TaskId(1), new Epoch(2), "w", 3, new RestorePoint("s", 4, 5, 6), AssignReason.Drain, 7, 8),
        new StandbyLoaded(new TaskId(1), new Epoch(2), 3),
        new WarmingEnded(new TaskId(1), new Epoch(2), "TARGET_LOST", 3),
        new OperationEnded(1, OperationState.Failed, "R", "m", new Request("r", 6), 7),
        new TaskPinned(
            new TaskId(1),
            "jobs/j/assignments/s-0",
            new TaskPin("w", new Dictionary<string, string> { ["zone"] = "a" }, "note"),
            null,
            7),
        new TaskUnpinned(new TaskId(1), "jobs/j/assignments/s-0", null, 7),
        new JournalTrimmed(4096, 7),
        new EventRaised(EventLevel.Crit, "R", "s", "m", 1),
        new RebalancePolicyChanged("round-robin", false, new Request("r", 6), 7),
        new PlanCreated(
            new StoredPlan(
                1,
                "weighted-load",
                true,
                false,
                "why",
                2,
                [new StoredMove(new TaskId(1), "a", "", "w", PlanReason.Rebalance, new Epoch(2), 3, 4)],
                [new StoredSkip("b", SkipReason.NoRoom)],
                ["c"],
                PlanBound.ByteBudget,
                1.5,
                1.25,
                1,
                7,
                8)
            {
                Operation = 9,
            },
            null,
            7),
        new PlanApplied(1, 2, 3, 4, new Request("r", 6), 7),
        new PlanDeleted(1, null, 7),
    ];

    [TestCaseSource(nameof(_examples))]
    public void Decode_WhatWasEncoded_IsTheSame(ControlRecord record)
    {
        ArrayBufferWriter<byte> json = new();
        ControlRecordCodec.Encode(record, json);

        ControlRecord decoded = ControlRecordCodec.Decode(json.WrittenSpan);

        Assert.That(decoded.GetType(), Is.EqualTo(record.GetType()));
        Assert.That(AsText(decoded), Is.EqualTo(AsText(record)));
    }

    [Test]
    public void Converters_EveryEnumInARecord_IsWrittenByName()
    {
        var seen = new HashSet<Type>();
        foreach (Type kind in ControlRecordCodec.Kinds.Keys)
        {
            Collect(kind, seen);
        }

        Type[] enums = [.. seen.Where(type => type.IsEnum)];
        Assert.That(enums, Is.Not.Empty);
        Assert.That(
            enums.Where(type => !ControlRecordCodec.Converters.Any(converter => converter.CanConvert(type))),
            Is.Empty);
    }

    [Test]
    public void Kinds_EveryRecordOfTheCore_HasItsOwnNameAndAnExample()
    {
        Type[] records = [.. typeof(ControlRecord).Assembly.GetTypes()
            .Where(type => type.IsSubclassOf(typeof(ControlRecord)) && !type.IsAbstract)];

        Assert.That(ControlRecordCodec.Kinds.Keys, Is.EquivalentTo(records));
        Assert.That(ControlRecordCodec.Kinds.Values, Is.Unique);
        Assert.That(_examples.Select(example => example.GetType()).Distinct(), Is.EquivalentTo(records));
    }

    [Test]
    public void Encode_IdsAndEnums_AreNumbersAndNames()
    {
        ArrayBufferWriter<byte> json = new();
        ControlRecordCodec.Encode(
            new TaskAssigned(new TaskId(1), new Epoch(2), "w", 3, AssignReason.WorkerLost, 4), json);

        Assert.That(
            Encoding.UTF8.GetString(json.WrittenSpan),
            Is.EqualTo(
                """{"$type":"task-assigned","task":1,"epoch":2,"worker":"w","workerIncarnation":3,"""
                + "\"reason\":\"workerLost\",\"unixMs\":4,\"operation\":0}"));
    }

    [TestCase("""{"$type":"task-merged","task":1}""", "kind 'task-merged' is unknown.*newer")]
    [TestCase("""{"$type":"producer-expired","number":1}""", "not a good 'producer-expired'")]
    [TestCase("""{"$type":"producer-expired","number":1,"unixMs":2,"extra":3}""", "not a good 'producer-expired'")]
    [TestCase("""{"$type":"cluster-created","name":null,"unixMs":2}""", "not a good 'cluster-created'")]
    [TestCase("""{"number":1}""", "not a good ''")]
    [TestCase("null", "null")]
    [TestCase("", "not a good ''")]
    [TestCase("{", "not a good ''")]
    public void Decode_NotAKnownRecord_SaysWhy(string json, string pattern)
    {
        Assert.That(
            () => ControlRecordCodec.Decode(Encoding.UTF8.GetBytes(json)),
            Throws.TypeOf<FormatException>().With.Message.Matches(pattern));
    }

    private static string AsText(ControlRecord record) => JsonSerializer.Serialize(record, record.GetType());

    /// <summary>The type and what its values are made of.</summary>
    private static void Collect(Type type, HashSet<Type> seen)
    {
        if (!seen.Add(type))
        {
            return;
        }

        foreach (Type inner in type.GetGenericArguments())
        {
            Collect(inner, seen);
        }

        if (type.GetElementType() is { } element)
        {
            Collect(element, seen);
        }

        if (type.Namespace?.StartsWith("Millrace.", StringComparison.Ordinal) == true)
        {
            foreach (PropertyInfo property in type.GetProperties(BindingFlags.Public | BindingFlags.Instance))
            {
                Collect(property.PropertyType, seen);
            }
        }
    }
}
