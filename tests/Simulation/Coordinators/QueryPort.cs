using Millrace.Common.Model;
using Millrace.Coordinator.Core;
using Millrace.Coordinator.Core.Jobs;
using Millrace.Coordinator.Rpc.Queries;
using Millrace.Simulation.Messages;
using Millrace.Simulation.Network;
using Proto = Millrace.Protocol.Worker.V1;

namespace Millrace.Simulation.Coordinators;

/// <summary>The coordinator's ends of queries: the real rules for which answers count, and asking again and again as
/// the real ones do.</summary>
internal sealed class QueryPort(CoordinatorProcess process, CoordinatorNode node)
{
    private const long PauseUs = 50_000;
    private const int MostRounds = 200;

    private readonly Dictionary<ulong, StreamEnd> _lines = [];
    private readonly Dictionary<ulong, (Query Query, LocatedTask Task, ulong Durable)> _asked = [];
    private ulong _lastQuestion;

    public void Accept(StreamEnd stream, AnswersOpen open)
    {
        if (!process.Sessions.IsOpen(open.Session))
        {
            stream.Received = null;
            stream.Close();
            return;
        }

        _lines[open.Session.Session] = stream;
        stream.Received = message => Take((Proto.TaskAnswer)message);
        stream.Broken = () => _lines.Remove(open.Session.Session);
    }

    public void Ask(StreamEnd reader, AskJob asked) =>
        Locate(new Query(reader, asked, new QuestionRound(() => new Proto.AnswerResponse(), asked.MinPosition)));

    private void Locate(Query query)
    {
        if (query.Reader.IsOver || ++query.Rounds > MostRounds)
        {
            query.Reader.Close();
            return;
        }

        ulong durable = process.Journal.DurableEnd;
        process.Ask(result => Located(query, result, durable), call => new LocateJob(call, query.Asked.Job));
    }

    private void Located(Query query, object result, ulong durable)
    {
        if (result is not LocatedJob job)
        {
            query.Reader.Send(new Refused((Refusal)result));
            query.Reader.Close();
            return;
        }

        LocatedTask[] missing = query.Round.KeepCurrent(job.Tasks);
        if (missing.Length == 0)
        {
            query.Reader.Send(new JobAnswer([.. job.Tasks.Select(t => CountsOf(t, query.Round.ReplyOf(job, t)))]));
            query.Reader.Close();
            return;
        }

        foreach (LocatedTask task in durable < query.Asked.MinPosition ? [] : missing)
        {
            if (_lines.TryGetValue(task.Session, out StreamEnd? line))
            {
                Proto.AnswerResponse question = query.Round.QuestionFor(task);
                question.QuestionId = ++_lastQuestion;
                _asked[question.QuestionId] = (query, task, durable);
                line.Send(question);
            }
        }

        node.AfterUs(PauseUs, () => Locate(query));
    }

    private void Take(Proto.TaskAnswer answer)
    {
        if (_asked.Remove(answer.QuestionId, out (Query Query, LocatedTask Task, ulong Durable) asked))
        {
            asked.Query.Round.Take(asked.Task, answer, asked.Durable);
        }
    }

    private static TaskCounts CountsOf(LocatedTask task, TaskReply reply) => new(
        task.Task,
        reply.Position,
        reply.Answer.Entries.ToDictionary(e => e.Key.ToStringUtf8(), e => e.Count));

    private sealed class Query(StreamEnd reader, AskJob asked, QuestionRound round)
    {
        public StreamEnd Reader { get; } = reader;

        public AskJob Asked { get; } = asked;

        public QuestionRound Round { get; } = round;

        public int Rounds { get; set; }
    }
}
