using Millrace.Common.Hosting;
using Millrace.Worker.Control;

namespace Millrace.Worker.Tests.Control;

public sealed class CoordinatorAddressTests
{
    [Test]
    public void Resolve_OfAnAddress_IsThatAddress() =>
        Assert.That(
            new CoordinatorAddress("http://127.0.0.1:7400").Resolve(),
            Is.EqualTo(new Uri("http://127.0.0.1:7400")));

    [Test]
    public void Resolve_OfAnEndpointsFile_FollowsItsChanges()
    {
        string directory = Directory.CreateTempSubdirectory().FullName;
        try
        {
            var address = new CoordinatorAddress(Path.Combine(directory, EndpointsFile.FileName));
            Assert.That(address.Resolve(), Is.Null);
            new EndpointsFile("http://127.0.0.1:1111", "http://127.0.0.1:1", 1, 1).WriteTo(directory);
            Assert.That(address.Resolve()!.Port, Is.EqualTo(1111));
            new EndpointsFile("http://127.0.0.1:2222", "http://127.0.0.1:1", 1, 2).WriteTo(directory);
            Assert.That(address.Resolve()!.Port, Is.EqualTo(2222));
            Assert.That(new CoordinatorAddress(directory).Resolve()!.Port, Is.EqualTo(2222));
        }
        finally
        {
            Directory.Delete(directory, recursive: true);
        }
    }
}
