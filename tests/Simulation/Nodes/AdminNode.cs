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

    public bool IsDone => _left.Count == 0;

    public static IEnumerable<string> TopicNames(SimOptions options) =>
        Enumerable.Range(1, options.Topics).Select(i => $"topic-{i}");

    protected override void Boot() => Next();

    private static List<object> Plan(World world)
    {
        SimOptions options = world.Options;
        List<string> topics = [.. TopicNames(options)];
        var plan = new List<object>();
        foreach (string topic in topics)
        {
            plan.Add(Topic(options, topic));
        }

        plan.Add(new DeployJobCall("first", "count", topics[0], "job-first"));
        if (options.Relay)
        {
            plan.Add(Topic(options, SimOptions.OutputTopic));
            plan.Add(new DeployJobCall("relay", SimOperators.Relay, topics[0], "job-relay"));
            plan.Add(new DeployJobCall("echo", "count", SimOptions.OutputTopic, "job-echo"));
        }

        plan.AddRange(topics.Skip(1).Select(t => new DeployJobCall($"job-{t}", "count", t, $"job-{t}")));
        return plan;
    }

    private static CreateTopicCall Topic(SimOptions options, string name) =>
        new(name, options.Partitions, options.KeyGroups, options.RetentionMs, $"make-{name}");

    private void Next()
    {
        if (!_left.TryPeek(out object? call))
        {
            return;
        }

        StreamEnd stream = coordinator.Connect(this);
        stream.Received = answer =>
        {
            stream.Broken = null;
            if (answer is Refused refused)
            {
                World.Trace.Say(Name, $"{call} refused: {refused.Why.Reason} {refused.Why.Message}");
                if (refused.Why.Reason is "TOPIC_EXISTS" or "JOB_EXISTS")
                {
                    World.History.Report("V16", $"a repeated request was taken for another one: {refused.Why.Message}");
                }
            }
            else
            {
                _left.Dequeue();
            }

            // Some jobs come late, so that they find a topic with history.
            After(TimeSpan.FromMilliseconds(_left.Count > 2 ? 1 : Random.Between(1, 6_000)), Next);
        };
        stream.Broken = () => After(TimeSpan.FromMilliseconds(Random.Between(10, 200)), Next);
        stream.Send(call);
    }
}
