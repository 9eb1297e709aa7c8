using System.Globalization;
using Millrace.Checking.Histories;
using Millrace.Coordinator.Core.Operations;
using Millrace.Simulation.Messages;
using Millrace.Simulation.Network;
using Millrace.Simulation.Run;
using Millrace.Simulation.Workers;

namespace Millrace.Simulation.Nodes;

/// <summary>An operator who makes topics and deploys jobs, and asks again with the same request id until it is
/// done.</summary>
internal sealed class AdminNode(World world, ICoordinatorAddress coordinator) : SimNode(world, "admin", drift: 0)
{
    private readonly Queue<object> _left = new(Plan(world));

    private int _asked;

    public bool IsDone => _left.Count == 0 && _asked == 0;

    public static IEnumerable<string> TopicNames(SimOptions options) =>
        Enumerable.Range(1, options.Topics).Select(i => $"topic-{i}");

    /// <summary>Asks for something until there is an answer, whatever it is.</summary>
    public void Change(object call)
    {
        if (IsUp)
        {
            _asked++;
            Ask(call, answer =>
            {
                _asked--;
                World.Trace.Add(answer is Refused no ? $"change refused {no.Why.Reason}" : "partitions changed", Name);
            });
        }
    }

    protected override void Boot() => Next();

    /// <summary>Asks for a change.</summary>
    /// <param name="insist">Asks again when no answer comes, somebody else is at work on it or the job is still to be
    /// deployed.</param>
    /// <param name="made">Gets the name of what was made or changed.</param>
    /// <param name="repeats">Asks again, under the same request id, when no answer comes.</param>
    public void Operate(
        Func<long, OperatorInput> make, bool insist, Action<string>? made = null, bool repeats = false)
    {
        if (!IsUp)
        {
            return;
        }

        StreamEnd stream = coordinator.Connect(this);
        void Again()
        {
            if (insist || repeats)
            {
                After(TimeSpan.FromMilliseconds(Random.Between(10, 300)), () => Operate(make, insist, made, repeats));
            }
        }

        stream.Received = answer =>
        {
            stream.Broken = null;
            World.Trace.Add(answer is Refused refused ? $"operator refused {refused.Why.Reason}" : "operator", Name);
            if (answer is Done { Result: Changed changed })
            {
                made?.Invoke(changed.Name);
            }
            else if (answer is Refused { Why: { Reason: "OPERATION_CONFLICT" } why } && insist)
            {
                Cancel(why.Metadata["runningOperation"]);
                Again();
            }
            else if (answer is Refused { Why.Reason: "NO_SUCH_JOB" } && insist)
            {
                Again();
            }
        };
        stream.Broken = Again;
        stream.Send(new OperatorCall(make));
    }

    public void Cancel(string operation)
    {
        ulong number = NumberIn(operation);
        Operate(call => new CancelOperation(call, number, null), insist: false);
    }

    /// <param name="name">As "op-7" or "operations/op-7".</param>
    public static ulong NumberIn(string name) =>
        ulong.Parse(name.AsSpan(name.LastIndexOf('-') + 1), CultureInfo.InvariantCulture);

    private static List<object> Plan(World world)
    {
        SimOptions options = world.Options;
        List<string> topics = [.. TopicNames(options)];
        var plan = new List<object>();
        foreach (string topic in topics)
        {
            plan.Add(Topic(options, topic));
        }

        plan.Add(new DeployJobCall("first", "count", topics[0], "job-first", options.Standbys));
        if (options.Relay)
        {
            plan.Add(Topic(options, SimOptions.OutputTopic));
            plan.Add(new DeployJobCall("relay", SimOperators.Relay, topics[0], "job-relay", options.Standbys));
            plan.Add(new DeployJobCall("echo", "count", SimOptions.OutputTopic, "job-echo", options.Standbys));
        }

        if (options.Picky)
        {
            plan.Add(new DeployJobCall(
                BadEvents.Operator, BadEvents.Operator, topics[0], "job-picky", options.Standbys));
        }

        plan.AddRange(topics.Skip(1).Select(t =>
            new DeployJobCall($"job-{t}", "count", t, $"job-{t}", options.Standbys)));
        return plan;
    }

    private static CreateTopicCall Topic(SimOptions options, string name) =>
        new(
            name,
            options.Partitions,
            options.Partitioning.IsCutByKey ? 0 : options.KeyGroups,
            options.RetentionMs,
            options.Partitioning,
            $"make-{name}");

    private void Next()
    {
        if (!_left.TryPeek(out object? call))
        {
            return;
        }

        Ask(call, answer =>
        {
            if (answer is Refused refused)
            {
                World.Trace.Say(Name, $"{call} refused: {refused.Why.Reason} {refused.Why.Message}");
                if (refused.Why.Reason is "TOPIC_EXISTS" or "JOB_EXISTS")
                {
                    World.History.Report("V21", $"a repeated request was taken for another one: {refused.Why.Message}");
                }
            }
            else
            {
                _left.Dequeue();
            }

            // Some jobs come late, so that they find a topic with history.
            After(TimeSpan.FromMilliseconds(_left.Count > 2 ? 1 : Random.Between(1, 6_000)), Next);
        });
    }

    private void Ask(object call, Action<object> answered)
    {
        StreamEnd stream = coordinator.Connect(this);
        stream.Received = answer =>
        {
            stream.Broken = null;
            answered(answer);
        };
        stream.Broken = () => After(
            TimeSpan.FromMilliseconds(Random.Between(10, 200)), () => Ask(call, answered));
        stream.Send(call);
    }
}
