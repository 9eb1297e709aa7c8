using Millrace.Coordinator.Tests.Rpc;
using Millrace.Protocol.Admin.V1;

namespace Millrace.Coordinator.Tests.Hosting;

/// <summary>Incidents over the real machine, disk and wire: a control snapshot is damaged while the coordinator
/// runs.</summary>
public sealed class IncidentServiceTests
{
    private string _directory = "";
    private RunningCoordinator _coordinator = null!;

    [SetUp]
    public async Task StartAsync()
    {
        _directory = Directory.CreateTempSubdirectory("millrace-test-").FullName;
        string control = Directory.CreateDirectory(Path.Combine(_directory, "control")).FullName;
        _coordinator = await RunningCoordinator.StartAsync(_directory);
        await File.WriteAllTextAsync(Path.Combine(control, $"{4_096_000:D20}.snapshot"), "damaged");
    }

    [TearDown]
    public async Task StopAsync()
    {
        await _coordinator.DisposeAsync();
        Directory.Delete(_directory, recursive: true);
    }

    [Test]
    [CancelAfter(60_000)]
    public async Task Incident_OfDamageOnTheDisk_IsListedAcknowledgedAndResolved(CancellationToken cancellation)
    {
        ListIncidentsResponse list = new();
        while (list.Incidents.Count == 0)
        {
            list = await _coordinator.Incidents.ListIncidentsAsync(
                new() { UnresolvedOnly = true }, cancellationToken: cancellation);
        }

        Incident found = list.Incidents[0];
        Assert.That((found.Name, found.Reason, found.Subject, found.State, found.Level), Is.EqualTo((
            "incidents/1", "CONTROL_SNAPSHOT_DAMAGED", "control/4096000", IncidentState.Open, EventLevel.Crit)));
        Assert.That(found.Message, Does.Contain(_directory));
        Assert.That(found.Advice, Is.Not.Empty);
        Assert.That((await ClusterAsync()).UnresolvedIncidentCount, Is.EqualTo(1));

        var asked = new AcknowledgeIncidentRequest { Name = found.Name, Note = "on it", RequestId = "r1" };
        Incident known = (await _coordinator.Incidents.AcknowledgeIncidentAsync(asked)).Incident;
        Assert.That((known.State, known.Note), Is.EqualTo((IncidentState.Acknowledged, "on it")));
        Incident over = (await _coordinator.Incidents.ResolveIncidentAsync(new() { Name = found.Name })).Incident;
        Assert.That(over.State, Is.EqualTo(IncidentState.Resolved));
        Assert.That((await _coordinator.Incidents.ListIncidentsAsync(new())).Incidents, Does.Contain(over));
        Assert.That((await ClusterAsync()).Scrub, Is.Not.Null);
    }

    [TestCase("incidents/99", "NO_SUCH_INCIDENT")]
    [TestCase("incidents/x", "BAD_NAME")]
    [TestCase("", "BAD_NAME")]
    public async Task GetIncident_OfNone_IsRefused(string name, string reason) => Assert.That(
        (await RpcServer.RefusalOfAsync(async () => await _coordinator.Incidents.GetIncidentAsync(
            new() { Name = name }))).Reason,
        Is.EqualTo(reason));

    private async Task<Cluster> ClusterAsync() => (await _coordinator.Cluster.GetClusterAsync(new())).Cluster;
}
