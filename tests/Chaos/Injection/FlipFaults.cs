using Grpc.Core;
using Millrace.Integration.Tests.Driving;

namespace Millrace.Chaos.Injection;

/// <summary>Bits that flip at rest.</summary>
internal sealed class FlipFaults(Scene scene, Random random)
{
    private static readonly TimeSpan _brief = TimeSpan.FromSeconds(1);

    /// <summary>What came of each, by the type of file.</summary>
    public List<(string Type, FlipOutcome Outcome)> Outcomes { get; } = [];

    /// <param name="victim">Dies too, so that somebody restores from the snapshots.</param>
    public async Task<TimeSpan?> FlipAsync(string victim)
    {
        await scene.Cluster.Coordinator.KillAsync();
        await scene.Cluster.Workers[victim].KillAsync();
        var flip = BitFlip.Draw(scene.Cluster.DataDirectory, random);
        flip.Apply();
        scene.StartWorker(victim);
        FlipOutcome outcome = await LiveWithAsync(flip);
        Outcomes.Add((flip.Type, outcome));
        if (outcome == FlipOutcome.Harmless && flip.Type != BitFlip.Segment)
        {
            // Nobody puts it right: it must stay harmless until the end.
            return null;
        }

        if (outcome != FlipOutcome.RefusedToStart)
        {
            await scene.Cluster.Coordinator.KillAsync();
        }

        flip.Undo();
        await scene.RestartCoordinatorAsync();
        return null;
    }

    private async Task<FlipOutcome> LiveWithAsync(BitFlip flip)
    {
        try
        {
            await scene.RestartCoordinatorAsync();
            await scene.ForAsync(_brief);
            return await ReadsAsync() ? FlipOutcome.Harmless : FlipOutcome.RefusedToRead;
        }
        catch (CoordinatorEndedException refusal)
        {
            if (!refusal.NamesDamage)
            {
                scene.Violations.Add($"{flip.Place}: {refusal.Message}");
            }

            return FlipOutcome.RefusedToStart;
        }
    }

    /// <summary>Reads the whole log; what comes must be what was sent.</summary>
    private async Task<bool> ReadsAsync()
    {
        try
        {
            scene.Violations.AddRange(await scene.Run.WrongInLogAsync());
            return true;
        }
        catch (RpcException error) when (!Faults.IsTransient(error))
        {
            return false;
        }
    }
}
