using System.Buffers;
using System.Text.Json;
using System.Text.Json.Serialization;
using System.Text.Json.Serialization.Metadata;
using Millrace.Common.Keys;
using Millrace.Common.Model;
using Millrace.Coordinator.Core;
using Millrace.Coordinator.Core.DeadLetters;
using Millrace.Coordinator.Core.Incidents;
using Millrace.Coordinator.Core.Operations;
using Millrace.Coordinator.Core.Placement.Balancing;
using Millrace.Coordinator.Core.Placement.Planning;
using Millrace.Coordinator.Core.Topics.Partitioning;

namespace Millrace.Coordinator.Journal;

/// <summary>
/// Control records as JSON with a short name of their kind in "$type", so that people can read a journal. A kind's
/// name and its members' names are part of the format: they never change their meaning, and a new member needs a
/// default.
/// </summary>
internal static class ControlRecordCodec
{
    private const string KindProperty = "$type";

    /// <summary>The name of each kind.</summary>
    public static IReadOnlyDictionary<Type, string> Kinds { get; } = new Dictionary<Type, string>
    {
        [typeof(ClusterCreated)] = "cluster-created",
        [typeof(CoordinatorStarted)] = "coordinator-started",
        [typeof(EpochsSkipped)] = "epochs-skipped",
        [typeof(ProducerOpened)] = "producer-opened",
        [typeof(ProducerExpired)] = "producer-expired",
        [typeof(TopicCreated)] = "topic-created",
        [typeof(KeysPlaced)] = "keys-placed",
        [typeof(RangesAdvanced)] = "ranges-advanced",
        [typeof(DirectoryClosed)] = "directory-closed",
        [typeof(PartitionsReplaced)] = "partitions-replaced",
        [typeof(PartitionsForgotten)] = "partitions-forgotten",
        [typeof(TasksReplaced)] = "tasks-replaced",
        [typeof(JobDeployed)] = "job-deployed",
        [typeof(StandbysChanged)] = "standbys-changed",
        [typeof(TaskAssigned)] = "task-assigned",
        [typeof(TaskCommitted)] = "task-committed",
        [typeof(WorkerCordoned)] = "worker-cordoned",
        [typeof(WorkerUncordoned)] = "worker-uncordoned",
        [typeof(DrainStarted)] = "drain-started",
        [typeof(MoveStarted)] = "move-started",
        [typeof(TaskWarming)] = "task-warming",
        [typeof(StandbyLoaded)] = "standby-loaded",
        [typeof(WarmingEnded)] = "warming-ended",
        [typeof(OperationEnded)] = "operation-ended",
        [typeof(TaskPinned)] = "task-pinned",
        [typeof(TaskUnpinned)] = "task-unpinned",
        [typeof(JournalTrimmed)] = "journal-trimmed",
        [typeof(EventRaised)] = "event-raised",
        [typeof(RebalancePolicyChanged)] = "rebalance-policy-changed",
        [typeof(PlanCreated)] = "plan-created",
        [typeof(PlanApplied)] = "plan-applied",
        [typeof(PlanDeleted)] = "plan-deleted",
        [typeof(EventJudged)] = "event-judged",
        [typeof(TaskStopped)] = "task-stopped",
        [typeof(BadEventRuleChanged)] = "bad-event-rule-changed",
        [typeof(KeyReleased)] = "key-released",
        [typeof(DeadLetterClosed)] = "dead-letter-closed",
        [typeof(IncidentRaised)] = "incident-raised",
        [typeof(IncidentAcknowledged)] = "incident-acknowledged",
        [typeof(IncidentResolved)] = "incident-resolved",
    };

    private static readonly JsonTypeInfo<ControlRecord> _shape =
        (JsonTypeInfo<ControlRecord>)CreateOptions().GetTypeInfo(typeof(ControlRecord));

    /// <summary>How each kind of value inside of records is written that JSON has no form for.</summary>
    public static IEnumerable<JsonConverter> Converters => _shape.Options.Converters;

    /// <summary>Appends a record's JSON.</summary>
    public static void Encode(ControlRecord record, IBufferWriter<byte> output)
    {
        using Utf8JsonWriter writer = new(output);
        JsonSerializer.Serialize(writer, record, _shape);
    }

    /// <exception cref="FormatException">Not a record, or of a kind or with a member that this program does not
    /// know.</exception>
    public static ControlRecord Decode(ReadOnlySpan<byte> json)
    {
        try
        {
            return JsonSerializer.Deserialize(json, _shape)
                ?? throw new FormatException("it is null");
        }
        catch (Exception failure) when (failure is JsonException or NotSupportedException)
        {
            string kind = KindOf(json);
            throw new FormatException(
                kind.Length > 0 && !Kinds.Values.Contains(kind)
                    ? $"its kind '{kind}' is unknown: the journal was written by a newer program"
                    : $"it is not a good '{kind}': {failure.Message}",
                failure);
        }
    }

    private static string KindOf(ReadOnlySpan<byte> json)
    {
        try
        {
            Utf8JsonReader reader = new(json);
            return reader.Read() && reader.Read() && reader.ValueTextEquals(KindProperty) && reader.Read()
                ? reader.GetString() ?? ""
                : "";
        }
        catch (Exception failure) when (failure is JsonException or InvalidOperationException)
        {
            return "";
        }
    }

    private static JsonSerializerOptions CreateOptions()
    {
        JsonSerializerOptions options = new()
        {
            PropertyNamingPolicy = JsonNamingPolicy.CamelCase,
            UnmappedMemberHandling = JsonUnmappedMemberHandling.Disallow,
            RespectRequiredConstructorParameters = true,
            RespectNullableAnnotations = true,
            TypeInfoResolver = JournalJson.Default.WithAddedModifier(NameKinds),
            Converters =
            {
                Named<AssignReason>(),
                Named<EventLevel>(),
                Named<PartitioningKind>(),
                Named<KeyFunction>(),
                Named<SpreadPolicy>(),
                Named<BadEventPolicy>(),
                Named<DeadLetterEnd>(),
                Named<OperationState>(),
                Named<PlanReason>(),
                Named<SkipReason>(),
                Named<PlanBound>(),
                new NumberConverter<TopicId>(id => id.Value, number => new TopicId(checked((uint)number))),
                new NumberConverter<PartitionId>(id => id.Value, number => new PartitionId(checked((uint)number))),
                new NumberConverter<JobId>(id => id.Value, number => new JobId(checked((uint)number))),
                new NumberConverter<TaskId>(id => id.Value, number => new TaskId(number)),
                new NumberConverter<Epoch>(epoch => epoch.Value, number => new Epoch(number)),
            },
        };
        options.MakeReadOnly();
        return options;
    }

    /// <summary>Values are written by their names. One for each type, since a program compiled ahead of time can make
    /// no new ones.</summary>
    private static JsonStringEnumConverter<T> Named<T>()
        where T : struct, Enum => new(JsonNamingPolicy.CamelCase, allowIntegerValues: false);

    private static void NameKinds(JsonTypeInfo info)
    {
        if (info.Type != typeof(ControlRecord))
        {
            return;
        }

        info.PolymorphismOptions = new JsonPolymorphismOptions
        {
            TypeDiscriminatorPropertyName = KindProperty,
            UnknownDerivedTypeHandling = JsonUnknownDerivedTypeHandling.FailSerialization,
        };
        foreach ((Type type, string kind) in Kinds)
        {
            info.PolymorphismOptions.DerivedTypes.Add(new JsonDerivedType(type, kind));
        }
    }
}
