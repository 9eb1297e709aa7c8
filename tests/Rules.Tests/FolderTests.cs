using System.Text.RegularExpressions;
using Microsoft.CodeAnalysis.CSharp.Syntax;

namespace Millrace.Rules.Tests;

/// <summary>Who may use whom: the table of rooms, read off the using directives and namespaces.</summary>
public sealed class FolderTests
{
    private static readonly string[] PureFolders =
    [
        "src/Common/Model/", "src/Common/Keys/", "src/Common/Time/",
        "src/Coordinator/Core/", "src/Worker/Core/", "src/Client/Core/",
    ];

    private static readonly string[] ImpureNamespaces =
    [
        "Grpc", "Google.Protobuf", "Microsoft.Extensions", "Microsoft.AspNetCore", "System.IO", "System.Net",
        "System.Threading", "System.Diagnostics", "System.Collections.Concurrent", "Serilog",
        "Millrace.Protocol", "Millrace.Common.Wire", "Millrace.Common.Files", "Millrace.Common.Hosting",
    ];

    // Folder -> namespaces that it never uses. Interfaces belong to their user, so shells meet in Loop and Run.
    private static readonly (string Folder, string[] Never)[] Walls =
    [
        ("src/Common/", ["Millrace.Coordinator", "Millrace.Worker", "Millrace.Client", "Millrace.Cli"]),
        ("src/Coordinator/", ["Millrace.Worker", "Millrace.Client", "Millrace.Cli"]),
        ("src/Worker/", ["Millrace.Coordinator", "Millrace.Client", "Millrace.Cli"]),
        ("src/Client/", ["Millrace.Coordinator", "Millrace.Worker", "Millrace.Cli"]),
        ("src/Coordinator/Core/",
            ["Millrace.Coordinator.Loop", "Millrace.Coordinator.Journal", "Millrace.Coordinator.Rpc",
             "Millrace.Coordinator.Ingest", "Millrace.Coordinator.Dispatch", "Millrace.Coordinator.Storage"]),
        ("src/Coordinator/Loop/",
            ["Grpc", "Millrace.Protocol", "Millrace.Coordinator.Rpc", "Millrace.Coordinator.Ingest",
             "Millrace.Coordinator.Dispatch", "Millrace.Coordinator.Storage", "Millrace.Coordinator.Hosting"]),
        ("src/Coordinator/Journal/",
            ["Grpc", "Millrace.Coordinator.Rpc", "Millrace.Coordinator.Ingest", "Millrace.Coordinator.Dispatch"]),
        ("src/Coordinator/Storage/",
            ["Grpc", "Millrace.Coordinator.Rpc", "Millrace.Coordinator.Ingest", "Millrace.Coordinator.Dispatch"]),
        ("src/Coordinator/Ingest/", ["Millrace.Coordinator.Rpc", "Millrace.Coordinator.Hosting"]),
        ("src/Coordinator/Dispatch/", ["Millrace.Coordinator.Rpc", "Millrace.Coordinator.Hosting"]),
        ("src/Coordinator/Rpc/", ["Millrace.Coordinator.Hosting"]),
        ("src/Worker/Core/", ["Millrace.Worker.Run", "Millrace.Worker.Control", "Millrace.Worker.Stream"]),
        ("src/Worker/Run/", ["Grpc", "Millrace.Protocol", "Millrace.Worker.Control", "Millrace.Worker.Stream",
            "Millrace.Worker.Hosting"]),
        ("src/Worker/Control/", ["Millrace.Worker.Hosting"]),
        ("src/Worker/Stream/", ["Millrace.Worker.Hosting"]),
        ("src/Worker/Snapshots/", ["Millrace.Worker.Control", "Millrace.Worker.Stream", "Millrace.Worker.Hosting"]),
        ("src/Client/Core/", ["Millrace.Client.Logs"]),
    ];

    [Test]
    public void PureFolders_TheirUsings_NameNothingImpure() =>
        Assert.That(
            from file in Source.Product
            where PureFolders.Any(p => file.Path.StartsWith(p, StringComparison.Ordinal))
            from name in file.Usings
            where ImpureNamespaces.Any(bad => Within(name, bad))
            select $"{file.Path} uses {name}",
            Is.Empty);

    [Test]
    public void PureFolders_TheirCode_NeitherAwaitsNorIsAsync() =>
        Assert.That(
            from file in Source.Product
            where PureFolders.Any(p => file.Path.StartsWith(p, StringComparison.Ordinal))
            from node in file.Nodes<AwaitExpressionSyntax>()
            select file.Place(node),
            Is.Empty);

    [Test]
    public void Folders_TheirUsings_StayWithinTheWalls() =>
        Assert.That(
            from wall in Walls
            from file in Source.Product
            where file.Path.StartsWith(wall.Folder, StringComparison.Ordinal)
            from name in file.Usings.Concat(QualifiedNames(file))
            where wall.Never.Any(bad => Within(name, bad))
            select $"{file.Path} uses {name}",
            Is.Empty);

    [Test]
    public void Namespaces_InTheProduct_FollowTheFolders() =>
        Assert.That(
            from file in Source.Product
            from ns in file.Nodes<FileScopedNamespaceDeclarationSyntax>()
            let folder = Path.GetDirectoryName(file.Path)!.Replace('\\', '/')["src/".Length..].Replace('/', '.')
            where ns.Name.ToString() != "Millrace." + folder
            select $"{file.Path}: {ns.Name}",
            Is.Empty);

    [Test]
    public void Folders_InTheProduct_AreNamedAfterSubjects() =>
        Assert.That(
            Source.Product
                .SelectMany(f => f.Path.Split('/')[..^1])
                .Where(part => Regex.IsMatch(part, "^(Helpers?|Utils?|Utilities|Managers?|Interfaces|Models|Misc)$"))
                .Distinct(),
            Is.Empty);

    private static IEnumerable<string> QualifiedNames(SourceFile file) =>
        file.Nodes<QualifiedNameSyntax>()
            .Select(n => n.ToString())
            .Where(n => n.StartsWith("Millrace.", StringComparison.Ordinal)
                && !n.StartsWith("Millrace.Protocol", StringComparison.Ordinal));

    private static bool Within(string name, string root) =>
        name == root || name.StartsWith(root + ".", StringComparison.Ordinal);
}
