using System.Text.Json.Serialization;
using Millrace.Coordinator.Core;
using Millrace.Coordinator.Core.DeadLetters;
using Millrace.Coordinator.Core.Incidents;
using Millrace.Coordinator.Core.Operations;
using Millrace.Coordinator.Core.Placement.Balancing;

namespace Millrace.Coordinator.Journal;

/// <summary>How the journal's records and sizes look as JSON, written down by the compiler: a coordinator that starts
/// again would else spend most of its start on finding it out.</summary>
[JsonSourceGenerationOptions(GenerationMode = JsonSourceGenerationMode.Metadata)]
[JsonSerializable(typeof(JournalGeometry))]
[JsonSerializable(typeof(ControlRecord))]
[JsonSerializable(typeof(ClusterCreated))]
[JsonSerializable(typeof(CoordinatorStarted))]
[JsonSerializable(typeof(EpochsSkipped))]
[JsonSerializable(typeof(ProducerOpened))]
[JsonSerializable(typeof(ProducerExpired))]
[JsonSerializable(typeof(TopicCreated))]
[JsonSerializable(typeof(KeysPlaced))]
[JsonSerializable(typeof(RangesAdvanced))]
[JsonSerializable(typeof(DirectoryClosed))]
[JsonSerializable(typeof(PartitionsReplaced))]
[JsonSerializable(typeof(PartitionsForgotten))]
[JsonSerializable(typeof(TasksReplaced))]
[JsonSerializable(typeof(JobDeployed))]
[JsonSerializable(typeof(StandbysChanged))]
[JsonSerializable(typeof(TaskAssigned))]
[JsonSerializable(typeof(TaskCommitted))]
[JsonSerializable(typeof(WorkerCordoned))]
[JsonSerializable(typeof(WorkerUncordoned))]
[JsonSerializable(typeof(DrainStarted))]
[JsonSerializable(typeof(MoveStarted))]
[JsonSerializable(typeof(TaskWarming))]
[JsonSerializable(typeof(StandbyLoaded))]
[JsonSerializable(typeof(WarmingEnded))]
[JsonSerializable(typeof(OperationEnded))]
[JsonSerializable(typeof(TaskPinned))]
[JsonSerializable(typeof(TaskUnpinned))]
[JsonSerializable(typeof(JournalTrimmed))]
[JsonSerializable(typeof(EventRaised))]
[JsonSerializable(typeof(RebalancePolicyChanged))]
[JsonSerializable(typeof(PlanCreated))]
[JsonSerializable(typeof(PlanApplied))]
[JsonSerializable(typeof(PlanDeleted))]
[JsonSerializable(typeof(EventJudged))]
[JsonSerializable(typeof(TaskStopped))]
[JsonSerializable(typeof(BadEventRuleChanged))]
[JsonSerializable(typeof(KeyReleased))]
[JsonSerializable(typeof(DeadLetterClosed))]
[JsonSerializable(typeof(IncidentRaised))]
[JsonSerializable(typeof(IncidentAcknowledged))]
[JsonSerializable(typeof(IncidentResolved))]
internal sealed partial class JournalJson : JsonSerializerContext;
