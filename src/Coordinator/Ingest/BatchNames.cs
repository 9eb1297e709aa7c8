using System.Text;
using Millrace.Coordinator.Core.Topics;

namespace Millrace.Coordinator.Ingest;

/// <summary>The names that the last batch of a stream carried; a stream repeats them, so they are decoded
/// once.</summary>
internal sealed class BatchNames
{
    private string _producerId = "";
    private Routing? _routing;
    private TopicRoute? _topic;

    public string ProducerId(ReadOnlySpan<byte> utf8)
    {
        if (!Ascii.Equals(utf8, _producerId))
        {
            _producerId = Encoding.UTF8.GetString(utf8);
        }

        return _producerId;
    }

    /// <summary>Null when there is no such topic; <paramref name="name"/> is then what was asked for.</summary>
    public TopicRoute? Topic(Routing routing, ReadOnlySpan<byte> utf8, out string name)
    {
        if (_topic is not null && ReferenceEquals(routing, _routing) && Ascii.Equals(utf8, _topic.Name))
        {
            name = _topic.Name;
            return _topic;
        }

        name = Encoding.UTF8.GetString(utf8);
        _routing = routing;
        _topic = routing.Topics.GetValueOrDefault(name);
        return _topic;
    }
}
