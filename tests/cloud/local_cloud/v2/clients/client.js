// A build by the vendor's JavaScript client: VM, disks, address, image. Arguments: base URL, token, project.
const h1 = require("@hyperone/client");

const [basePath, accessToken, project] = process.argv.slice(2);
const config = new h1.Configuration({ basePath, accessToken });
const location = "pl-waw-1";
const wait = { headers: { Prefer: "respond-async,wait=60" } };

async function main() {
  const vms = new h1.ComputeProjectVmApi(config);
  const images = new h1.StorageProjectImageApi(config);
  const vm = (await vms.computeProjectVmCreate(project, location, {
    name: "js", service: "a1.nano", image: "sandbox", start: false,
    disk: [{ name: "os", service: "ssd", size: 10 }], netadp: [{ network: "public" }],
    tag: [{ id: "", key: "a", value: "b" }],
  }, undefined, undefined, wait)).data;
  const disks = (await vms.computeProjectVmDiskList(project, location, vm.id)).data;
  const netadps = (await new h1.NetworkingProjectNetadpApi(config)
    .networkingProjectNetadpList(project, location, undefined, vm.id)).data;
  const image = (await images.storageProjectImageCreate(project, location,
    { name: "js", vm: vm.uri }, undefined, undefined, wait)).data;
  const projects = (await new h1.IamProjectApi(config).iamProjectList()).data;
  console.log(JSON.stringify({ vm, disks, netadps, image, projects }));
}

main().catch((error) => {
  console.error(error.response ? JSON.stringify(error.response.data) : error);
  process.exit(1);
});
