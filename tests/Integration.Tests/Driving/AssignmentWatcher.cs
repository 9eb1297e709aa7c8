using Grpc.Core;
using Grpc.Net.Client;
using Millrace.Integration.Tests.Checks;
using Millrace.Protocol.Admin.V1;

namespace Millrace.Integration.Tests.Driving;

/// <summary>Samples all assignments for as long as a run lasts, through restarts of the coordinator.</summary>
internal sealed class AssignmentWatcher : IAsyncDisposable
{
    private static readonly TimeSpan Interval = TimeSpan.FromMilliseconds(100);

    private readonly CancellationTokenSource _stop = new();
    private readonly List<AssignmentLine> _lines = [];
    private readonly ClusterReader _reader;
    private readonly Task _watching;
    private int _samples;

    public AssignmentWatcher(GrpcChannel channel)
    {
        _reader = new ClusterReader(channel, _stop.Token);
        _watching = WatchAsync();
    }

    /// <summary>Ends the sampling and returns what was seen.</summary>
    public async Task<IReadOnlyList<AssignmentLine>> StopAsync()
    {
        await _stop.CancelAsync();
        await _watching;
        return _lines;
    }

    public async ValueTask DisposeAsync()
    {
        await StopAsync();
        _stop.Dispose();
    }

    private async Task WatchAsync()
    {
        using var timer = new PeriodicTimer(Interval);
        try
        {
            while (await timer.WaitForNextTickAsync(_stop.Token))
            {
                try
                {
                    IReadOnlyList<Assignment> all = await _reader.AssignmentsAsync();
                    _lines.AddRange(all.Select(Line));
                    _samples++;
                }
                catch (RpcException)
                {
                    // Nobody to ask just now; the next sample may have more luck.
                }
            }
        }
        catch (OperationCanceledException)
        {
        }
    }

    private AssignmentLine Line(Assignment a) =>
        new(_samples, a.Name, a.Worker, a.Epoch, a.CommittedOffset, a.CommittedPosition, a.NextOffset);
}
