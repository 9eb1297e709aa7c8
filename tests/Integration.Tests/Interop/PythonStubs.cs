using Millrace.Integration.Tests.Processes;

namespace Millrace.Integration.Tests.Interop;

/// <summary>A Python client that nobody here wrote: Debian's grpcio, with stubs made from the protos at test
/// time.</summary>
internal sealed class PythonStubs(string python, string folder)
{
    private const string Packages = "python3-grpcio protobuf-compiler protobuf-compiler-grpc";

    /// <summary>Makes the stubs in a folder.</summary>
    /// <exception cref="IgnoreException">The packages are not installed.</exception>
    public static async Task<PythonStubs> MakeAsync(string folder, CancellationToken cancellation)
    {
        string python = Need("/usr/bin/python3");
        string plugin = Need("/usr/bin/grpc_python_plugin");
        string protoc = Need("/usr/bin/protoc");
        (int missing, string why) = await ChildProcess.RunAsync(
            python, ["-c", "import grpc, google.protobuf"], folder, cancellation);
        if (missing != 0)
        {
            Assert.Ignore($"{python} cannot import grpc (apt-get install {Packages}; scripts/test does it): {why}");
        }

        string stubs = Directory.CreateDirectory(Path.Combine(folder, "stubs")).FullName;
        string protos = Path.Combine(AppContext.BaseDirectory, "protos");
        (int code, string output) = await ChildProcess.RunAsync(
            protoc,
            [
                $"-I{protos}", $"--python_out={stubs}", $"--grpc_python_out={stubs}",
                $"--plugin=protoc-gen-grpc_python={plugin}",
                .. Directory.EnumerateFiles(protos, "*.proto", SearchOption.AllDirectories),
            ],
            folder,
            cancellation);
        Assert.That(code, Is.Zero, output);
        return new PythonStubs(python, stubs);
    }

    /// <summary>Runs one scenario of interop.py to its end.</summary>
    public Task<(int ExitCode, string Output)> RunAsync(
        string address, string scenario, CancellationToken cancellation) =>
        ChildProcess.RunAsync(
            python,
            [Path.Combine(AppContext.BaseDirectory, "Python", "interop.py"), folder, address, scenario],
            folder,
            cancellation);

    private static string Need(string path)
    {
        if (!File.Exists(path))
        {
            Assert.Ignore($"{path} is not installed (Debian: apt-get install {Packages}; scripts/test does it).");
        }

        return path;
    }
}
