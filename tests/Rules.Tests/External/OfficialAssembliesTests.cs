using System.Reflection;

namespace Millrace.Rules.Tests.External;

/// <summary>
/// The official gRPC assemblies run on the stand-ins in <c>external/</c>. Whatever they use of them must be there,
/// with the same signature; the runtime itself is asked, as it would be on the first call.
/// </summary>
[TestFixture("Grpc.AspNetCore.Server")]
[TestFixture("Grpc.Net.Client")]
public sealed class OfficialAssembliesTests(string assemblyName)
{
    /// <summary>Any reference type will do: no stand-in asks more of a type argument.</summary>
    private static readonly Type[] TypeArguments = [.. Enumerable.Repeat(typeof(string), 8)];

    private string _path = "";
    private Module _module = typeof(OfficialAssembliesTests).Module;

    [OneTimeSetUp]
    public void LoadOfficialAssembly()
    {
        _path = Path.Combine(AppContext.BaseDirectory, assemblyName + ".dll");
        _module = Assembly.Load(new AssemblyName(assemblyName)).ManifestModule;
    }

    [Test]
    public void AssemblyReferences_ComparedWithTheStandIns_NameTheirIdentity()
    {
        using var references = new StandInReferences(_path);
        string[] expected = [.. references.Assemblies().Select(reference => Identity(reference.GetAssemblyName()))];
        string[] found = [.. expected.Select(name => Identity(Assembly.Load(new AssemblyName(name)).GetName()))];

        Assert.That(expected, Has.Length.EqualTo(2));
        Assert.That(found, Is.EqualTo(expected));
    }

    [Test]
    public void TypeReferences_IntoTheStandIns_Resolve()
    {
        using var references = new StandInReferences(_path);
        (int Token, string Name)[] used = [.. references.Types()];

        Assert.That(used, Has.Length.GreaterThan(20));
        Assert.That(Unresolved(used, token => _module.ResolveType(token)), Is.Empty);
    }

    [Test]
    public void MemberReferences_IntoTheStandIns_ResolveWithTheirSignature()
    {
        using var references = new StandInReferences(_path);
        (int Token, string Name)[] used = [.. references.Members()];

        Assert.That(used, Has.Length.GreaterThan(50));
        Assert.That(
            Unresolved(used, token => _module.ResolveMember(token, TypeArguments, TypeArguments)), Is.Empty);
    }

    [Test]
    public void Types_DerivedFromTheStandIns_Load()
        => Assert.That(() => _module.GetTypes(), Throws.Nothing);

    private static string[] Unresolved((int Token, string Name)[] used, Func<int, MemberInfo?> resolve)
        => [.. used.Select(reference => Failure(reference.Name, reference.Token, resolve)).OfType<string>()];

    private static string? Failure(string name, int token, Func<int, MemberInfo?> resolve)
    {
        try
        {
            return resolve(token) is null ? $"{name}: nothing found" : null;
        }
        catch (Exception e) when (e is TypeLoadException or MissingMemberException or ArgumentException)
        {
            return $"{name}: {e.Message}";
        }
    }

    private static string Identity(AssemblyName name)
        => $"{name.Name}, Version={name.Version}, Culture=neutral, "
            + $"PublicKeyToken={Convert.ToHexStringLower(name.GetPublicKeyToken() ?? [])}";
}
