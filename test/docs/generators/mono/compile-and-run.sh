# Compiles the generated C# client and Example.cs in this folder with Mono, and runs it. The only argument is the
# folder of Polly.cs. What differs from a build by the .NET SDK is in docs/generating-a-client.md.
set -e
client=winsockd/src/Winsockd
# Debian's Newtonsoft.Json has no such setting. The client names every member itself.
sed -i '/NamingStrategy = new CamelCaseNamingStrategy/,/^ *}$/d' \
  "$client/Model/AbstractOpenAPISchema.cs" "$client/Client/ApiClient.cs"
mcs -nologo -warn:0 -langversion:latest -out:Example.exe -recurse:"$client/*.cs" "$1/Polly.cs" Example.cs \
  -r:System.Net.Http,System.Web,System.Runtime.Serialization,System.ComponentModel.DataAnnotations \
  -r:/usr/lib/cli/Newtonsoft.Json-5.0/Newtonsoft.Json.dll
mono Example.exe
