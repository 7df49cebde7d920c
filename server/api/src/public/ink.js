(function(){
'use strict';
var pad=document.getElementById('pad'),form=document.getElementById('form');
if(!pad||!form||!pad.getContext)return;
var field=form.elements.ink,missing=document.getElementById('ink-missing');
var MOST=3000,strokes=[],stroke=null,points=0,begun=0,width=0,height=0;
function size(){
  var ratio=window.devicePixelRatio||1;
  if(!points){width=pad.clientWidth;height=pad.clientHeight;}
  pad.width=Math.round(pad.clientWidth*ratio);
  pad.height=Math.round(pad.clientHeight*ratio);
  draw();
}
function draw(){
  var pen=pad.getContext('2d'),scale=pad.width/(width||1),i,j;
  pen.clearRect(0,0,pad.width,pad.height);
  pen.lineWidth=3*scale;pen.lineCap=pen.lineJoin='round';pen.strokeStyle='#16202a';
  for(i=0;i<strokes.length;i++){
    pen.beginPath();
    for(j=0;j<strokes[i].length;j+=3)pen[j?'lineTo':'moveTo'](strokes[i][j]*scale,strokes[i][j+1]*scale);
    pen.stroke();
  }
}
function save(){
  var i,text=width+'.'+height;
  for(i=0;i<strokes.length;i++)text+='-'+strokes[i].join('.');
  field.value=points>1?text:'';
  if(points>1)missing.hidden=true;
}
function add(at){
  var box=pad.getBoundingClientRect(),scale=width/(box.width||1);
  var x=Math.round((at.clientX-box.left)*scale),y=Math.round((at.clientY-box.top)*scale),last=stroke.length-3;
  x=Math.max(0,Math.min(width,x));y=Math.max(0,Math.min(height,y));
  if(points>=MOST||(last>=0&&stroke[last]===x&&stroke[last+1]===y))return;
  if(!begun)begun=Date.now();
  stroke.push(x,y,Math.max(0,Date.now()-begun));
  points++;
  draw();
}
function start(at){stroke=[];strokes.push(stroke);add(at);}
function stop(){if(stroke){stroke=null;save();}}
function on(name,act){pad.addEventListener(name,function(event){
  var at=event.touches?event.touches[0]||event.changedTouches[0]:event;
  event.preventDefault();act(at);
},false);}
on('touchstart',start);
on('touchmove',function(at){if(stroke)add(at);});
on('touchend',stop);
on('touchcancel',stop);
on('mousedown',start);
pad.addEventListener('mousemove',function(event){if(stroke)add(event);},false);
window.addEventListener('mouseup',stop,false);
document.getElementById('clear').onclick=function(){strokes=[];stroke=null;points=0;begun=0;size();save();};
form.onsubmit=function(){
  save();
  if(!field.value){missing.hidden=false;pad.scrollIntoView();return false;}
  form.elements.send.disabled=true;
};
window.addEventListener('pageshow',function(){form.elements.send.disabled=false;},false);
window.addEventListener('resize',size,false);
(function(){
  var parts=field.value.split('-'),area=parts[0].split('.'),i;
  if(parts.length<2)return;
  width=+area[0];height=+area[1];
  for(i=1;i<parts.length;i++){strokes.push(parts[i].split('.').map(Number));points+=strokes[i-1].length/3;}
})();
size();
})();
